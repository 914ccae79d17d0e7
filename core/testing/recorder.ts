/** The half of `record` that works in the actor's thread, whichever that is. Loaded there when it is wanted. */
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import type { ActorCell } from '../runtime/actor-cell.js';
import type { Host } from '../runtime/host.js';
import type { Around } from '../runtime/taps.js';
import { viaOf } from './probe-actor.js';
import { toJson } from './recorded-values.js';
import { RECORDING_VERSION, type RecordedLine, type RecordingHead } from './recording.js';

export interface RecorderSettings {
  /** An absolute path. */
  readonly file: string;
  /** When the recording began: of the system's clock, which all threads share, and of the calendar. */
  readonly sinceMs: number;
  readonly startedAt: string;
}

export function around(host: Host, cell: ActorCell, settings: RecorderSettings): Around {
  const descriptor = openSync(settings.file, 'a');
  let hasHead = fstatSync(descriptor).size > 0;
  const write = (line: RecordingHead | RecordedLine) => writeSync(descriptor, `${JSON.stringify(line)}\n`);
  /** Not before there is an instance, which has the props. */
  const writeHead = () => {
    if (hasHead || cell.instance === undefined) return;
    hasHead = true;
    const { startedAt } = settings;
    const { path, types } = cell.identity;
    const props = toJson(cell.instance.props);
    write({ troupe: 'recording', version: RECORDING_VERSION, type: types[0], path, props, startedAt });
  };
  writeHead();
  return {
    instead: (method, call) =>
      function (this: unknown, ...args) {
        writeHead();
        const sender = host.speaking.handlingOf(cell)?.sender;
        write({
          atMs: Math.round((host.post.now() - settings.sinceMs) * 1000) / 1000,
          via: method === 'onTerminated' ? 'terminated' : viaOf(host),
          from: sender && host.refAt(sender).path,
          method,
          args: args.map(toJson),
        });
        return call.apply(this, args);
      },
    end() {
      writeHead();
      closeSync(descriptor);
    },
  };
}
