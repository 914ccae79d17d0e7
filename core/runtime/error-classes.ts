/**
 * Classes of errors that actors' modules export, so that an error that came over threads is `instanceof` its class.
 *
 * A module is looked into only when an error of an unknown class has come from one of its actors, and only if this
 * thread has used the actor's class, and so has loaded the module.
 */
type ErrorClass = new (...args: never[]) => Error;

export class ErrorClasses {
  readonly #classes = new Map<string, ErrorClass>();
  /** Modules not looked into yet, by the name of the actor's class. */
  readonly #modules = new Map<string, string>();
  readonly #seen = new Set<string>();
  #missed = false;

  /** This thread has the actor's class, by that name and from that module. */
  used(type: string, module: string): void {
    if (!this.#seen.has(module)) this.#modules.set(type, module);
  }

  find(name: string): ErrorClass | undefined {
    const found = this.#classes.get(name);
    if (found === undefined) this.#missed = true;
    return found;
  }

  /** Whether a class was looked for in vain since the last call. */
  takeMissed(): boolean {
    const missed = this.#missed;
    this.#missed = false;
    return missed;
  }

  /** Looks into the module of an actor's class. @returns undefined when there is nothing new to learn */
  lookInto(type: string | undefined): Promise<void> | undefined {
    const module = type === undefined ? undefined : this.#modules.get(type);
    if (type === undefined || module === undefined) return undefined;
    this.#modules.delete(type);
    if (this.#seen.has(module)) return undefined;
    this.#seen.add(module);
    // One that cannot be loaded again offers nothing; its errors keep name and fields all the same.
    return import(module).then(
      (namespace: object) => this.#learn(namespace),
      () => undefined,
    );
  }

  #learn(namespace: object): void {
    for (const value of Object.values(namespace)) {
      if (typeof value === 'function' && value.prototype instanceof Error && !this.#classes.has(value.name)) {
        this.#classes.set(value.name, value as ErrorClass);
      }
    }
  }
}
