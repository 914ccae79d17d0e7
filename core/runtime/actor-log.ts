/**
 * `context.log`: pino's interface, over a thread's line to the creating thread, where the user's logger is.
 *
 * No pino is loaded for it: that takes 15 ms and more of each thread, and the user's serializers, redactions and
 * transports are functions that live in one. What is off there is known here from shared memory: one look at a word.
 */
import { OptionOutOfRangeError } from '../errors.js';
import { optionsOf } from '../messaging/checks.js';
import type { ChildLogOptions, LogBindings, Logger, LogLevel } from '../messaging/context-types.js';
import type { LogEntry } from '../messaging/options.js';

/** In the order of their weight. */
export const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** The bit of a level in the word that says which are off. */
export const levelBit = (level: LogLevel): number => 1 << LEVELS.indexOf(level);

/** Where the lines of an actor go. */
export interface LogOut {
  /** Bits of the levels that the system's logger does not write. */
  off(): number;
  write(entry: LogEntry): unknown;
}

type Own = Omit<ChildLogOptions, 'level'>;

export function actorLog(out: LogOut, actor: string): Logger {
  return new ActorLog(out, actor, {}, undefined, {});
}

class ActorLog implements Logger {
  // Functions of their own: they work apart from the log as well.
  readonly trace = this.#at('trace');
  readonly debug = this.#at('debug');
  readonly info = this.#at('info');
  readonly warn = this.#at('warn');
  readonly error = this.#at('error');
  readonly fatal = this.#at('fatal');
  readonly silent = (): void => undefined;
  readonly #out: LogOut;
  readonly #actor: string;
  readonly #own: Own;
  #bindings: LogBindings;
  #level: LogLevel | 'silent' | undefined;

  constructor(
    out: LogOut,
    actor: string,
    bindings: LogBindings,
    level: LogLevel | 'silent' | undefined,
    own: Own,
  ) {
    this.#out = out;
    this.#actor = actor;
    this.#bindings = bindings;
    this.#level = level;
    this.#own = own;
  }

  get level(): LogLevel | 'silent' {
    if (this.#level !== undefined) return this.#level;
    const off = this.#out.off();
    return LEVELS.find((level) => (off & levelBit(level)) === 0) ?? 'silent';
  }

  set level(level: LogLevel | 'silent') {
    this.#level = checked(level);
  }

  isLevelEnabled(level: string): boolean {
    const at = LEVELS.indexOf(level as LogLevel);
    if (at < 0) return false;
    if (this.#level === undefined) return (this.#out.off() & (1 << at)) === 0;
    return this.#level !== 'silent' && at >= LEVELS.indexOf(this.#level);
  }

  bindings(): LogBindings {
    return { actor: this.#actor, ...this.#bindings };
  }

  setBindings(bindings: LogBindings): void {
    this.#bindings = { ...this.#bindings, ...serialized(bindings, this.#own) };
  }

  child(bindings: LogBindings, options: ChildLogOptions = {}): Logger {
    checkChild(options);
    const { level, msgPrefix = '', serializers } = options;
    const own = {
      msgPrefix: `${this.#own.msgPrefix ?? ''}${msgPrefix}`,
      serializers: { ...this.#own.serializers, ...serializers },
    };
    const all = { ...this.#bindings, ...serialized(bindings, own) };
    const inherited = level === undefined ? this.#level : checked(level);
    return new ActorLog(this.#out, this.#actor, all, inherited, own);
  }

  #at(level: LogLevel) {
    return (first: unknown, ...rest: unknown[]): void => {
      if (this.isLevelEnabled(level)) this.#write(level, first, rest);
    };
  }

  #write(level: LogLevel, first: unknown, rest: unknown[]): void {
    const isText = typeof first !== 'object' && first !== undefined;
    const [text, ...values] = isText ? [first, ...rest] : rest;
    let fields = typeof first === 'object' && first !== null ? fieldsOf(first) : undefined;
    let message = text === undefined || text === null ? undefined : String(text);
    if (message !== undefined && values.length > 0) {
      const said = formatted(message, values);
      message = said.text;
      // What no placeholder shows is not lost: `log.warn('no answer', { error })`.
      const left = values[said.used];
      if (typeof left === 'object' && left !== null) fields = { ...fields, ...fieldsOf(left) };
    }
    if (message === undefined && first instanceof Error) message = first.message;
    const all = { ...this.#bindings, ...(fields === undefined ? {} : serialized(fields, this.#own)) };
    this.#out.write({
      time: Date.now(),
      level,
      actor: this.#actor,
      message: `${this.#own.msgPrefix ?? ''}${message ?? ''}`,
      fields: Object.keys(all).length === 0 ? undefined : all,
    });
  }
}

const CHILD_OPTIONS: ReadonlySet<string> = new Set(['level', 'msgPrefix', 'serializers']);

/** What pino has beyond these is the system's logger's: who relies on it, on redaction above all, is to know. */
function checkChild(options: ChildLogOptions): void {
  optionsOf('log.child', options);
  for (const [option, value] of Object.entries(options)) {
    if (CHILD_OPTIONS.has(option) || value === undefined) continue;
    const instead =
      'left out: log.child takes level, msgPrefix and serializers; the others belong to the logger of the system';
    throw new OptionOutOfRangeError(option, value, instead);
  }
}

function checked(level: LogLevel | 'silent'): LogLevel | 'silent' {
  if (level === 'silent' || LEVELS.includes(level)) return level;
  throw new OptionOutOfRangeError(
    'level',
    level,
    `${LEVELS.map((each) => `'${each}'`).join(', ')} or 'silent'`,
  );
}

const fieldsOf = (value: object): LogBindings => (value instanceof Error ? { err: value } : { ...value });

function serialized(fields: LogBindings, { serializers }: Own): LogBindings {
  if (serializers === undefined) return fields;
  const all: Record<string, unknown> = { ...fields };
  for (const key of Object.keys(all)) {
    if (Object.hasOwn(serializers, key))
      all[key] = (serializers[key] as (value: unknown) => unknown)(all[key]);
  }
  return all;
}

/** Puts values in the places of `%s`, `%d`, `%i`, `%f`, `%j`, `%o` and `%O`, as pino does. */
function formatted(text: string, values: readonly unknown[]): { text: string; used: number } {
  let used = 0;
  const said = text.replace(/%[sdifjoO%]/g, (mark) => {
    if (mark === '%%') return '%';
    return used < values.length ? placed(mark, values[used++]) : mark;
  });
  return { text: said, used };
}

function placed(mark: string, value: unknown): string {
  switch (mark) {
    case '%s':
      return String(value);
    case '%i':
      return isNothing(value) ? mark : String(Math.floor(Number(value)));
    case '%d':
    case '%f':
      return isNothing(value) ? mark : String(Number(value));
    default:
      return value === undefined ? mark : json(value);
  }
}

const isNothing = (value: unknown) => value === null || value === undefined;

function json(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return value.name || '<anonymous>';
  try {
    return String(JSON.stringify(value));
  } catch {
    return '"[Circular]"';
  }
}
