/** What the suite `payloads` sends: how it is made, how often, and what the receiver adds up to show that it came. */
export const SIZES = [64, 1 << 10, 1 << 14, 1 << 18, 1 << 22, 1 << 24];

/** 32 MB of each size, at least six and at most twenty thousand. */
export const countFor = (size, kind) =>
  kind === 'transfer' ? 50 : Math.max(6, Math.min(20_000, Math.ceil((1 << 25) / size)));

/** What one row of a list takes, roughly, as JSON or as records. */
const ROW = 40;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789 -';

export const KINDS = {
  objects: {
    make: (size) =>
      Array.from({ length: Math.ceil(size / ROW) }, (_, i) => ({
        sku: `A-${i % 1000}`,
        qty: i,
        price: i + 0.5,
      })),
    worth: (list) => list.length + list.at(-1).qty,
  },
  strings: {
    // Through a Buffer, so that it is one flat string and no tree of parts.
    make: (size) => Buffer.alloc(size, ALPHABET).toString('latin1'),
    worth: (text) => text.length + text.charCodeAt(text.length - 1),
  },
  bytes: {
    make: (size) => new Uint8Array(size).fill(7),
    worth: (bytes) => bytes.length + bytes.at(-1),
  },
  transfer: {
    make: (size) => new Uint8Array(size),
    worth: (bytes) => bytes.length,
  },
};

/** What is moved can be sent once only: as many as are needed, made beforehand. */
export function makeAll(kind, size, n) {
  if (kind === 'transfer') return Array.from({ length: n }, () => KINDS.transfer.make(size));
  const one = KINDS[kind].make(size);
  return Array.from({ length: n }, () => one);
}

/** For each size what one message takes, in microseconds; `run(size, n)` resolves to the milliseconds of n. */
export async function bySize(kind, run) {
  const values = {};
  for (const size of SIZES) {
    const n = countFor(size, kind);
    await run(size, Math.ceil(n / 2));
    values[size] = ((await run(size, n)) / n) * 1000;
  }
  return values;
}
