/** Values by chance: everything that structured clone knows, inside of everything. */
import fc from 'fast-check';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  // Halves of pairs, which no UTF-8 has.
  fc
    .array(fc.constantFrom('\ud83d', '\ude00', 'a', '\u0000'), { maxLength: 5 })
    .map((units) => units.join('')),
);
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(-0, Number.NaN, 2 ** 31, -(2 ** 31), 2 ** 53),
);
const big = fc.oneof(
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 4000n), max: 2n ** 4000n }),
  fc.constantFrom(0n, 2n ** 63n, -(2n ** 64n)),
);
const bytes = fc.uint8Array({ maxLength: 40 });
const ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;
/** A view of each kind, also into the middle of a longer buffer. */
const view = fc
  .tuple(bytes, fc.constantFrom(...ARRAYS, DataView), fc.nat(2))
  .map(([content, View, skipped]) => {
    const size = 'BYTES_PER_ELEMENT' in View ? View.BYTES_PER_ELEMENT : 1;
    const buffer = new Uint8Array(content.length + 8 * 3).fill(7).buffer;
    new Uint8Array(buffer).set(content);
    const length = Math.floor((buffer.byteLength - skipped * 8) / size);
    return new (View as typeof Uint8Array)(buffer, skipped * 8, Math.max(0, length - skipped));
  });
const pattern = fc
  .tuple(
    fc.constantFrom('a+', '[^/]', '(?<x>y)', '\\d|', ''),
    fc.subarray(['d', 'g', 'i', 'm', 's', 'u', 'y']),
    fc.nat(9),
  )
  .map(([source, flags, lastIndex]) => Object.assign(new RegExp(source, flags.join('')), { lastIndex }));
const date = fc.oneof(
  fc.date({ noInvalidDate: false }),
  fc.constantFrom(new Date(Number.NaN), new Date(8.64e15), new Date(-0)),
);
const boxed = fc.oneof(number, text, fc.boolean(), fc.bigInt()).map((value) => Object(value) as object);
const ERRORS = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError] as const;
const keys = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-1', '4294967295', 'a', ''),
  text,
);

/** Values inside of values, with everything that structured clone knows. */
export const { value: everything } = fc.letrec<{ value: unknown; error: unknown }>((tie) => ({
  error: fc
    .tuple(fc.constantFrom(...ERRORS), text, fc.option(tie('value'), { nil: undefined }))
    .map(([Type, message, cause]) =>
      cause === undefined ? new Type(message) : new Type(message, { cause }),
    ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, number, big, fc.boolean(), fc.constantFrom(null, undefined)),
    fc.oneof(
      view,
      pattern,
      date,
      boxed,
      bytes.map((content) => content.buffer),
    ),
    tie('error'),
    fc.array(tie('value'), { maxLength: 5 }),
    // With holes, and as long as it says.
    fc
      .tuple(fc.array(fc.tuple(fc.nat(30), tie('value')), { maxLength: 4 }), fc.nat(40))
      .map(([parts, length]) => {
        const array: unknown[] = [];
        for (const [at, part] of parts) array[at] = part;
        array.length = Math.max(array.length, length);
        return array;
      }),
    // Defined, for an assignment to __proto__ would make no property.
    fc.array(fc.tuple(keys, tie('value')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 4 }).map((members) => new Set(members)),
  ),
}));
