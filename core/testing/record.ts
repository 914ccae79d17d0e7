/** Writes down what an actor is sent. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { WrongArgumentError } from '../errors.js';
import { Ref } from '../messaging/actor-ref.js';
import type { RefBase } from '../messaging/ref-types.js';
import type { Host } from '../runtime/host.js';
import type { RecorderSettings } from './recorder.js';

/** What `record` gives: the recording goes on until it is stopped, or the actor has. */
export interface ActiveRecording {
  /** Its absolute path. */
  readonly file: string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Writes the messages that an actor receives, and the notices of ends, to a file, one a line, until it is stopped. The actor may live on whatever
 * thread, and may be restarted meanwhile; it writes each message before it handles it. An actor that is not recorded
 * pays nothing.
 *
 * ```ts
 * await using recording = await record(counter, 'counter.jsonl');
 * ```
 * @param ref an actor; of a pool, one of its workers
 * @param file is made anew
 * @returns when it has begun: what is sent from then on is written
 * @throws {WrongArgumentError} for what is no ref of a running system
 * @throws {ActorStoppedError} the actor has ended
 */
export async function record(ref: RefBase, file: string): Promise<ActiveRecording> {
  const identity = typeof ref === 'object' && ref !== null ? Ref.identityOf(ref) : undefined;
  if (identity === undefined) throw new WrongArgumentError('record', ref, 'a ref of a running system');
  if (typeof file !== 'string') throw new WrongArgumentError('record', file, 'the path of a file');
  const host = Ref.worldOf(ref as unknown as Ref) as Host;
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  const settings: RecorderSettings = {
    file: path,
    sinceMs: host.post.now(),
    startedAt: new Date().toISOString(),
  };
  const module = new URL('./recorder.js', import.meta.url).href;
  const { box, generation } = identity;
  const set = async (tap: { module: string; settings: object } | undefined) => {
    await host.line.request({ call: 'tap', actor: { box, generation }, tap }, undefined);
  };
  await set({ module, settings });
  // Of one that has ended meanwhile there is nothing to stop.
  const stop = () => set(undefined).catch(() => undefined);
  return { file: path, stop, [Symbol.asyncDispose]: stop };
}
