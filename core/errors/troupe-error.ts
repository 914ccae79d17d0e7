/** What every class of errors extends, and the name and code that each has. */

/** `AskTimeoutError` -> `ERR_TROUPE_ASK_TIMEOUT` */
function codeOf(name: string): string {
  const words = name.replace(/Error$/, '').replace(/([a-z0-9])(?=[A-Z])/g, '$1_');
  return `ERR_TROUPE_${words.toUpperCase()}`;
}

export function named(type: { prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}

/** What all errors of Troupe have in common: a stable `code`. */
export class TroupeError extends Error {
  static {
    named(TroupeError, 'TroupeError');
  }
  /** `ERR_TROUPE_` and the name of the class in snake case, without its last word. Stable over releases. */
  readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = codeOf(this.name);
  }
}
