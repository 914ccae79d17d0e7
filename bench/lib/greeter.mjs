/** An actor in a module of its own, with no import but the package. */
import { Actor } from '../../dist/core/index.js';

export class Greeter extends Actor {
  static module = import.meta.url;
  greet() {
    return 'hello';
  }
}
