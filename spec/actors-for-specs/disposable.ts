/** Providers that return an object to be disposed of: `?disposable`, `?async-disposable`, or `?both`, the later one then. */
import { knock } from '../support/gate.js';

const { search } = new URL(import.meta.url);

class Connection {
  isOpen = true;
  close(): void {
    const { troupeSpecDisposed: gate } = globalThis as { troupeSpecDisposed?: SharedArrayBuffer };
    if (this.isOpen && gate !== undefined) knock(gate);
    this.isOpen = false;
  }
}

export function register(): object {
  const connection = new Connection();
  const made: Record<symbol, () => unknown> = {};
  if (search !== '?async-disposable') {
    made[Symbol.dispose] = () => {
      if (search === '?both') throw new Error('the other one');
      connection.close();
    };
  }
  if (search !== '?disposable') {
    made[Symbol.asyncDispose] = async () => {
      await null;
      connection.close();
    };
  }
  return made;
}
