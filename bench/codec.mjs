// What the codec costs, in ns a value, beside JSON and v8.serialize. Run `npm run build` first.
//   node bench/codec.mjs [name of one value]
import v8 from 'node:v8';
import { Decoder, Encoder } from '../dist/core/messaging/codec/codec.js';
import { ShapeTable } from '../dist/core/messaging/shape-table.js';

const MAX_ENTRIES = 1024;
const i32 = new Int32Array(new SharedArrayBuffer(1 << 20));
i32[2] = 3 + MAX_ENTRIES;
const table = new ShapeTable({
  i32,
  u8: new Uint8Array(i32.buffer),
  lockIndex: 0,
  countIndex: 1,
  heapNext: 2,
  directory: 3,
  maxEntries: MAX_ENTRIES,
  heapEnd: i32.length,
  tryLock: () => true,
  unlock: () => {},
});
const hooks = {
  encodeExtension: () => undefined,
  decodeExtension: () => undefined,
  errorClass: () => undefined,
};

const samples = {
  small: (i) => ({ type: 'inc', n: i & 1023 }),
  order: (i) => ({
    id: 100000 + i,
    customer: { name: 'Ada Lovelace', email: 'ada@example.com' },
    items: [
      { sku: 'A-1001', qty: 2, price: 9.5 },
      { sku: 'B-2002', qty: 1, price: 24.95 },
    ],
    total: 43.95,
  }),
  text: (i) => ({ id: i, body: 'The quick brown fox jumps over the lazy dog. '.repeat(20) }),
  unique: (i) => ({ id: `user-${i}`, n: i }),
  numbers: () => Array.from({ length: 100 }, (_, i) => i * 1.5),
  map: (i) =>
    new Map([
      ['a', i],
      ['b', { i }],
    ]),
  bytes: () => new Uint8Array(1024),
};

function measure(run, values) {
  for (let i = 0; i < 5; i++) for (let j = 0; j < values.length; j++) run(j);
  let best = Infinity;
  for (let round = 0; round < 12; round++) {
    const start = process.hrtime.bigint();
    for (let k = 0; k < 8; k++) for (let j = 0; j < values.length; j++) run(j);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / (8 * values.length));
  }
  return best;
}

const pad = (value) => (typeof value === 'number' ? value.toFixed(0) : value).padStart(14);
console.log(['value', 'encode', 'decode', 'both', 'JSON', 'v8.serialize', 'bytes'].map(pad).join(''));
for (const [name, make] of Object.entries(samples)) {
  if (process.argv[2] !== undefined && process.argv[2] !== name) continue;
  const encoder = new Encoder(table, hooks);
  const decoder = new Decoder(table, hooks);
  const values = Array.from({ length: 1000 }, (_, i) => make(i));
  const encode = (i) => {
    encoder.begin();
    encoder.value(values[i]);
  };
  const decode = () => {
    decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, encoder.attachments);
    return decoder.value();
  };
  let sink;
  const encodeNs = measure(encode, values);
  const decodeNs = measure(() => (sink = decode()), values);
  const both = measure((i) => {
    encode(i);
    sink = decode();
  }, values);
  const json = measure((i) => (sink = JSON.parse(JSON.stringify(values[i]))), values);
  const native = measure((i) => (sink = v8.deserialize(v8.serialize(values[i]))), values);
  const bytes = encoder.position * 4;
  console.log(
    [name, encodeNs, decodeNs, both, json, native, bytes].map(pad).join(''),
    sink === undefined ? '?' : '',
  );
}
