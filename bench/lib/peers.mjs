/** Arms that call a worker of a library from the main thread: `way` and `n` as of arms/ask-peers.mjs. */
const CALLED = ['piscina', 'tinypool', 'comlink', 'workerpool', 'poolifier', 'threads', 'comedy'];

export const peer = (name, way, n) => ({ name, file: 'ask-peers.mjs', args: [way, n, name], peer: name });

export const peers = (way, n) => CALLED.map((name) => peer(name, way, n));
