/** Lines of all threads to the user's pino logger, in the creating thread: serializers, redaction and transports are its. */
import { Header } from '../memory/layout.js';
import type { LogEntry, PinoLogger, SystemOptions } from '../messaging/options.js';
import { LEVELS, levelBit } from '../runtime/actor-log.js';
import { guarded, type LogSink, logToConsole } from './log-sink.js';

/** A line that came later than this says when it was logged: pino's time is when it is written. */
const LATE_MS = 100;

export interface OpenLog {
  readonly sink: LogSink;
  close(): void;
}

/** The log of a system: what its user gave, or the console. */
export function openLog(logger: SystemOptions['logger'], i32: Int32Array): OpenLog {
  const close = typeof logger === 'object' ? keepLevels(logger, i32) : () => undefined;
  return { sink: sinkTo(logger), close };
}

/** Lines to what the user gave; one that throws stops nobody. */
export function sinkTo(logger: SystemOptions['logger']): LogSink {
  if (logger === undefined) return logToConsole;
  if (typeof logger === 'function') return guarded(logger);
  // What comes was wanted where it was logged: an actor's log may have a lower level of its own.
  const all = logger.child({}, { level: 'trace' });
  return guarded((entry) => all[entry.level](fieldsOf(entry), entry.message));
}

/** Which levels it writes stands in the arena from now on, where every thread sees it. */
function keepLevels(logger: PinoLogger, i32: Int32Array): () => void {
  const noteLevels = (): void => {
    let off = 0;
    for (const level of LEVELS) if (!logger.isLevelEnabled(level)) off |= levelBit(level);
    Atomics.store(i32, Header.LOG_OFF, off);
  };
  noteLevels();
  logger.on('level-change', noteLevels);
  return () => void logger.removeListener('level-change', noteLevels);
}

function fieldsOf({ actor, time, fields }: LogEntry): object {
  const { error, ...rest } = fields ?? {};
  const late = Date.now() - time > LATE_MS ? { loggedAt: time } : {};
  // Only under this name do loggers show an error in full.
  const failure = error === undefined ? {} : { [rest.err === undefined ? 'err' : 'error']: error };
  const all: Record<string, unknown> = { actor, ...late, ...rest, ...failure };
  if (all.err instanceof Error) all.err = ofItsClass(all.err);
  return all;
}

/** An error of a class that this thread does not know has its name still; loggers show that of its constructor. */
function ofItsClass(error: Error): Error {
  if (!Object.hasOwn(error, 'name') || error.constructor.name === error.name) return error;
  const named = Object.defineProperty(() => undefined, 'name', { value: error.name });
  return Object.defineProperty(error, 'constructor', { value: named, configurable: true });
}
