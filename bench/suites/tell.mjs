/**
 * `tell`, thread to thread. comedy: from the main thread to a threaded child, since its threads reach each other through
 * sockets. nact and xstate have no threads: they are in `local`.
 */
import { SMALL } from '../lib/small.mjs';

export const suite = {
  title: 'tell, one actor to another on its own thread',
  unit: 'messages a second',
  core: true,
  arms: [
    { name: 'Troupe', own: true, file: 'tell-troupe.mjs', args: [1_000_000, 1] },
    SMALL.postMessage,
    SMALL.erlang,
    { name: 'comedy, threaded', file: 'tell-comedy.mjs', args: [50_000, 'threaded'], peer: 'comedy' },
  ],
  claims: [
    { what: 'to postMessage', of: 'Troupe', to: SMALL.postMessage.name, target: 20 },
    { what: 'to Erlang', of: 'Troupe', to: SMALL.erlang.name, target: 2 },
  ],
};
