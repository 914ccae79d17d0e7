/**
 * The path to the first difference between two values, or undefined. Sees what usual comparisons overlook:
 * holes, -0, the order of keys, the class, and which places hold the same object.
 */
export function difference(a: unknown, b: unknown): string | undefined {
  return compare(a, b, 'value', new Map(), new Map());
}

type Pairs = Map<object, object>;

function compare(a: unknown, b: unknown, path: string, there: Pairs, back: Pairs): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? undefined : path;
  }
  if (there.has(a) || back.has(b))
    return there.get(a) === b && back.get(b) === a ? undefined : `${path} (identity)`;
  there.set(a, b);
  back.set(b, a);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${path} (class)`;
  if (content(a) !== content(b)) return `${path} (content)`;
  const partsOfA = parts(a);
  const partsOfB = parts(b);
  if (partsOfA.length !== partsOfB.length) return `${path} (${partsOfA.length} parts, ${partsOfB.length})`;
  for (let i = 0; i < partsOfA.length; i++) {
    const found = compare(partsOfA[i], partsOfB[i], `${path}/${i}`, there, back);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What an object holds beside other objects. */
function content(value: object): string {
  if (value instanceof Date) return String(value.getTime());
  if (value instanceof RegExp) return `${value} ${value.lastIndex}`;
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('hex');
  if (ArrayBuffer.isView(value)) return `${value.byteOffset} ${value.byteLength}`;
  if (value instanceof Number) return Object.is(value.valueOf(), -0) ? '-0' : String(value);
  if (value instanceof String || value instanceof Boolean || value instanceof BigInt)
    return `${typeof value.valueOf()} ${value}`;
  if (Array.isArray(value)) return String(value.length);
  return '';
}

function parts(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [value.buffer];
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  if (value instanceof Error) return [value.name, value.message, value.stack, value.cause];
  return Object.entries(value).flat();
}
