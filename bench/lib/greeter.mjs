/** An actor in a module of its own, with no import but the package: what Node finds by its name. */
import { Actor } from '../../dist/core/runtime/entrance.js';

export class Greeter extends Actor {
  static module = import.meta.url;
  greet() {
    return 'hello';
  }
}
