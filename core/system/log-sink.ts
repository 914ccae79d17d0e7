/** Where the lines of all actors' logs meet: at the user's logger, or on the console. */
import type { LogEntry } from '../messaging/options.js';

export type LogSink = (entry: LogEntry) => void;

export function logToConsole({ level, actor, message, fields }: LogEntry): void {
  const { error, ...rest } = fields ?? {};
  console.error(
    `[${level}] ${actor}: ${message}`,
    ...(Object.keys(rest).length > 0 ? [rest] : []),
    ...(error === undefined ? [] : [error]),
  );
}

/** A user's logger that throws must not stop who logs, the supervisor least of all: its lines go to the console. */
export function guarded(logger: LogSink): LogSink {
  return (entry) => {
    try {
      logger(entry);
    } catch (error) {
      logToConsole(entry);
      logError(logToConsole, 'system', 'the logger threw', { error });
    }
  };
}

/** What the system itself has to say of an actor, or of its own. */
export function logError(sink: LogSink, actor: string, message: string, fields?: LogEntry['fields']): void {
  sink({ time: Date.now(), level: 'error', actor, message, fields });
}
