/** Providers whose disposer does what the address says: `?throws`, `?hangs`; and knocks, in whichever thread. */
import { knock } from '../support/gate.js';

export function register(): () => Promise<void> {
  const how = new URL(import.meta.url).search;
  return async () => {
    const { troupeSpecDisposed: gate } = globalThis as { troupeSpecDisposed?: SharedArrayBuffer };
    if (gate !== undefined) knock(gate);
    if (how === '?throws') throw new Error('not disposed of');
    if (how === '?hangs') await new Promise(() => undefined);
  };
}
