/** A second module with an error class of a name that another one uses as well. */
import { Actor } from '../../../core/index.js';

export class Denied extends Error {
  override readonly name = 'Denied';
  readonly from = 'refused.ts';
}

export class Refuser extends Actor {
  static module = import.meta.url;
  deny() {
    throw new Denied('by the refuser');
  }
}
