/**
 * Classes of errors that actors' modules export, so that an error that came over threads is `instanceof` its class.
 *
 * A module is looked into only when an error of a class of one's own has come from one of its actors, and only if
 * this thread has used the actor's class, and so has loaded the module.
 */
import { importModule } from './loader.js';

type ErrorClass = new (...args: never[]) => Error;

export class ErrorClasses {
  /** What was found, by module and then by name: several modules may use one name. */
  readonly #classes = new Map<string, ReadonlyMap<string, ErrorClass>>();
  /** Modules with an actor's class of that name. */
  readonly #modules = new Map<string, Set<string>>();
  readonly #learning = new Map<string, Promise<void>>();
  #asked: string | undefined;
  #missed = false;

  /** This thread has the actor's class, by that name and from that module. */
  used(type: string, module: string): void {
    const modules = this.#modules.get(type);
    if (modules === undefined) this.#modules.set(type, new Set([module]));
    else modules.add(module);
  }

  /** Whose error is read next, until {@link learn}: of an actor of a class of that name, or nobody's in particular. */
  from(type: string | undefined): void {
    this.#asked = type;
    this.#missed = false;
  }

  /** In the actor's own module; else, for an error that was only passed on, the one class of that name there is. */
  find(name: string): ErrorClass | undefined {
    for (const module of this.#modulesOf(this.#asked)) {
      const classes = this.#classes.get(module);
      const found = classes?.get(name);
      if (found !== undefined) return found;
      if (classes === undefined) this.#missed = true;
    }
    const all = new Set([...this.#classes.values()].flatMap((classes) => classes.get(name) ?? []));
    return all.size === 1 ? [...all][0] : undefined;
  }

  /** Looks into the actor's module if a class was looked for in vain. @returns undefined when there is nothing new */
  learn(): Promise<unknown> | undefined {
    const unknown = [...this.#modulesOf(this.#asked)].filter((module) => !this.#classes.has(module));
    // What is read next is nobody's in particular.
    this.#asked = undefined;
    if (!this.#missed) return undefined;
    return Promise.all(unknown.map((module) => this.#lookInto(module)));
  }

  #modulesOf(type: string | undefined): Iterable<string> {
    return (type !== undefined && this.#modules.get(type)) || [];
  }

  #lookInto(module: string): Promise<void> {
    let looking = this.#learning.get(module);
    if (looking === undefined) {
      // One that cannot be loaded again offers nothing; its errors keep name and fields all the same.
      looking = importModule(module)
        .then(errorsIn, () => new Map())
        .then((classes) => {
          this.#classes.set(module, classes);
          this.#learning.delete(module);
        });
      this.#learning.set(module, looking);
    }
    return looking;
  }
}

function errorsIn(namespace: object): ReadonlyMap<string, ErrorClass> {
  const classes = Object.values(namespace).filter(
    (value): value is ErrorClass => typeof value === 'function' && value.prototype instanceof Error,
  );
  return new Map(classes.map((type) => [type.name, type]));
}
