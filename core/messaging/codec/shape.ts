/** Where a shape takes its values from: each call gives the next one. */
export interface ValueSource {
  read(): unknown;
  /** The same, for compiled code: short enough to become part of it. */
  field(): unknown;
}

/** Builds one object, taking the values of its keys in their order. */
export type ObjectBuilder = (source: ValueSource) => Record<string, unknown>;

/** Most shapes that are read are read often, but a table full of rare ones must not all be compiled. */
const USES_BEFORE_COMPILING = 4;

/**
 * An object's keys in order, and what builds such an object again: a loop at first, and compiled once the
 * shape has shown to be in use. Where code generation from strings is switched off it stays a loop.
 *
 * @example
 * ```ts
 * new Shape(7, ['x', 'y']).build(source);   // { x: source.field(), y: source.field() }
 * ```
 */
export class Shape {
  readonly id: number;
  readonly keys: readonly string[];
  build: ObjectBuilder;

  constructor(id: number, keys: readonly string[]) {
    this.id = id;
    this.keys = keys;
    let uses = 0;
    const loop: ObjectBuilder = (source) => {
      if (++uses === USES_BEFORE_COMPILING) this.build = compile(keys) ?? loop;
      const object: Record<string, unknown> = {};
      for (const key of keys) defineField(object, key, source.read());
      return object;
    };
    this.build = loop;
  }
}

function compile(keys: readonly string[]): ObjectBuilder | undefined {
  // A literal `"__proto__": x` would set the prototype; a computed key defines a property.
  const fields = keys.map(
    (key) => `${key === '__proto__' ? '["__proto__"]' : JSON.stringify(key)}: source.field()`,
  );
  try {
    return new Function('source', `return { ${fields.join(', ')} };`) as ObjectBuilder;
  } catch {
    return undefined;
  }
}

/** Sets an own property, also one named `__proto__`. */
export function defineField(object: object, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    (object as Record<string, unknown>)[key] = value;
  }
}
