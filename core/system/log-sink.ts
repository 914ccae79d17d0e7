/** Where the lines of all actors' logs meet: at the user's logger, or on the console. */
import type { LogEntry } from '../messaging/options.js';
import type { LastMessage } from '../messaging/reports.js';

export type LogSink = (entry: LogEntry) => void;

export function logToConsole({ level, actor, message, fields }: LogEntry): void {
  const { err, error = err, lastMessages, ...others } = fields ?? {};
  const isBox = isBlackBox(lastMessages);
  const rest = isBox || lastMessages === undefined ? others : { ...others, lastMessages };
  console.error(
    `[${level}] ${actor}: ${message}${isBox ? `; last messages: ${said(lastMessages)}` : ''}`,
    ...(Object.keys(rest).length > 0 ? [rest] : []),
    ...(error === undefined ? [] : [error]),
  );
}

const isBlackBox = (value: unknown): value is readonly LastMessage[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each?.method === 'string');

/** A black box in a line: what was begun, how often, and how it came out where that was not well. */
function said(messages: readonly LastMessage[]): string {
  const groups: { text: string; count: number }[] = [];
  for (const { method, outcome } of messages) {
    const text = outcome === 'handled' ? method : `${method} (${outcome})`;
    const last = groups.at(-1);
    if (last?.text === text) last.count++;
    else groups.push({ text, count: 1 });
  }
  return groups.map(({ text, count }) => (count === 1 ? text : `${count} ${text}`)).join(', ');
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
