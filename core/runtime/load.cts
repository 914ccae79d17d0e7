/**
 * Loads core, which the build puts into one file, once per thread: from its text or, in a thread that runs actors,
 * from the compiled code that the thread's creator hands over. Compiling it anew took a third of a thread's start.
 * Such a thread begins here.
 *
 * CommonJS, since only a `vm.Script` takes and gives compiled code. V8 refuses what another version of it has made,
 * and the thread then compiles for itself.
 */
import fs = require('node:fs');
import Module = require('node:module');
import path = require('node:path');
import url = require('node:url');
import vm = require('node:vm');
import workers = require('node:worker_threads');

import type { CoreCode, Loader } from './loader.js';

interface Core {
  /** What a file of core exports. */
  part(file: string): Record<string, unknown>;
}

type Wrapper = (
  exports: object,
  require: NodeJS.Require,
  module: object,
  file: string,
  folder: string,
) => void;

const file = path.join(__dirname, 'troupe.cjs');
const { href } = url.pathToFileURL(file);
/** What `troupe` is by its name: made by the build. */
const entrance: string = url.pathToFileURL(path.join(__dirname, 'entrance.js')).href;

/** What the thread's creator has handed over; of another copy of this package, nothing. */
function handedOver(): CoreCode | undefined {
  const code = (workers.workerData as { 'troupe:core'?: CoreCode } | null | undefined)?.['troupe:core'];
  return code?.url === href ? code : undefined;
}

/** The build lets through nothing but ASCII. */
const wrapped = () => Buffer.from(Module.wrap(fs.readFileSync(file, 'latin1')), 'latin1');

function shared(bytes: Uint8Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return memory;
}

const tagNow = () => (require('node:v8') as typeof import('node:v8')).cachedDataVersionTag();

function load(): Core {
  let code = handedOver();
  // Wrapped before it is handed over, and no other string of it kept: each thread has one.
  const text = code === undefined ? wrapped() : Buffer.from(code.text);
  const script = new vm.Script(text.toString('latin1'), {
    filename: file,
    ...(code && { cachedData: Buffer.from(code.compiled) }),
  });
  const loader: Loader = {
    isFromCode: script.cachedDataRejected === false,
    // Made when the first thread is: by then V8 has also compiled what the start of the system calls.
    code() {
      // Who changes V8's flags makes all that was compiled before unfit for new threads.
      if (code?.tag !== tagNow()) code = loader.ownCode();
      return code;
    },
    ownCode: () => ({
      url: href,
      text: code?.text ?? shared(text),
      compiled: shared(script.createCachedData()),
      tag: tagNow(),
    }),
    take(given) {
      if (given.url === href && given.tag === tagNow()) code = given;
    },
    importModule: (specifier) => import(specifier) as Promise<object>,
    importEntrance: () => import(entrance) as Promise<object>,
    entry: url.pathToFileURL(__filename).href,
    practice: url.pathToFileURL(path.join(__dirname, 'practice.js')).href,
  };
  Object.assign(globalThis, { [Symbol.for(`troupe.loader:${href}`)]: loader });
  const module = { exports: {} };
  const run = script.runInThisContext() as Wrapper;
  run.call(module.exports, module.exports, Module.createRequire(file), module, file, __dirname);
  return module.exports as Core;
}

// Node maps no stack trace of a script's to its source: whoever asks for that gets the slower way.
export = process.sourceMapsEnabled ? (require('./troupe.cjs') as Core) : load();
