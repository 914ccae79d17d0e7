/** The methods of a class that messages have named: found once in a thread, for all actors of the class. */

export type Call = (...args: unknown[]) => unknown;

export class MethodTable {
  /** By their number in the table that all threads share. */
  readonly byNumber: Call[] = [];
  readonly byName = new Map<string, Call>();
}

export class MethodTables {
  /** By prototype. Of one system: another's numbers mean other names. */
  readonly #tables = new WeakMap<object, MethodTable>();

  /** That of its class; a table of its own for an instance with functions of its own, which may shadow the class's. */
  of(instance: object): MethodTable {
    for (const key of Object.keys(instance)) {
      const own = Object.getOwnPropertyDescriptor(instance, key);
      if (own === undefined || typeof own.value === 'function') return new MethodTable();
    }
    const prototype = Object.getPrototypeOf(instance) as object;
    let table = this.#tables.get(prototype);
    if (table === undefined) {
      table = new MethodTable();
      this.#tables.set(prototype, table);
    }
    return table;
  }
}
