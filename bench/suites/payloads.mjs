/** Messages of 64 bytes to 16 MB, of several kinds, copied; and moved, which is to take the same time at any size. */
const KINDS = { objects: 'lists of objects', strings: 'strings', bytes: 'Uint8Array', transfer: 'moved' };

const CONSTANT = {
  what: '16 MB, to 262 kB, the smallest that is moved',
  of: 'Troupe',
  at: 1 << 24,
  to: 'Troupe',
  toAt: 262_144,
  target: 0.8,
};

const table = (kind) => ({
  name: `payloads-${kind}`,
  title: `tell, 64 bytes to 16 MB: ${KINDS[kind]}`,
  unit: 'µs a message, less is better',
  less: true,
  chart: 'lines',
  arms: [
    { name: 'Troupe', own: true, file: 'payloads-troupe.mjs', args: [kind] },
    { name: 'postMessage', file: 'payloads-post-message.mjs', args: [kind] },
  ],
  claims: [
    { what: 'to postMessage, at the worst size', of: 'Troupe', to: 'postMessage', target: 1 },
    ...(kind === 'transfer' ? [CONSTANT] : []),
  ],
});

export const suite = { tables: Object.keys(KINDS).map(table) };
