/** What `load.cts`, which loads core from one file, does for core afterwards. */
export interface Loader {
  /** Whether this thread was handed the compiled code, and V8 took it. */
  readonly isFromCode: boolean;
  /** What a new thread needs to load core without compiling it again. */
  code(): CoreCode;
  /** The same with all that this thread has called. */
  ownCode(): CoreCode;
  /** What new threads are handed from now on: the code of a thread that has run actors. */
  take(code: CoreCode): void;
  /** A script from compiled code has no `import()` of its own. */
  importModule(specifier: string): Promise<object>;
  /** What users import by the package's name. */
  importEntrance(): Promise<object>;
  /** URL of what threads of actors begin with. */
  readonly entry: string;
  /** URL of the module with the actor that spare threads practise with. */
  readonly practice: string;
}

/** Core as one text with V8's compiled code of it. */
export interface CoreCode {
  /** Of the file that the text is from: another copy of this package takes none of it. */
  readonly url: string;
  readonly text: SharedArrayBuffer;
  readonly compiled: SharedArrayBuffer;
  /** Of V8 and its flags: with others it is of no use. */
  readonly tag: number;
}

/** Under this key of `workerData`, as `load.cts` has it. */
export const CORE_KEY = 'troupe:core';

// In a user's bundle there is none.
const loader = (globalThis as Record<symbol, Loader | undefined>)[
  Symbol.for(`troupe.loader:${import.meta.url}`)
];

/** What a new thread is handed; undefined where core was not loaded by `load.cts`. */
export function coreCode(): CoreCode | undefined {
  return loader?.code();
}

/** What this thread hands back to its creator. It takes some milliseconds. */
export function ownCode(): CoreCode | undefined {
  return loader?.ownCode();
}

/** New threads are handed this. */
export function takeCode(code: CoreCode): void {
  loader?.take(code);
}

export function importModule(specifier: string): Promise<object> {
  return loader === undefined ? (import(specifier) as Promise<object>) : loader.importModule(specifier);
}

/** In a bundle, and where core was loaded in the ordinary way, there are none. */
export const workerEntry: string | undefined = loader?.entry;
export const practiceModule: string | undefined = loader?.practice;

/** Ahead of the user's module, which imports it as well. In a bundle it is there already. */
export async function importEntrance(): Promise<void> {
  await loader?.importEntrance();
}
