/**
 * A recording: a file of lines, each a JSON object. The first is the head; then one for each message, in the order in
 * which the actor took them up. Each line is written before its message is handled: the one that killed the actor is the
 * last one.
 *
 * ```
 * {"troupe":"recording","version":1,"type":"Counter","path":"/counter","props":{"start":10},"startedAt":"2026-01-31T…"}
 * {"atMs":0.4,"via":"tell","method":"add","args":[5]}
 * {"atMs":1.7,"via":"ask","from":"/shop","method":"total","args":[]}
 * {"atMs":2.1,"via":"terminated","method":"onTerminated","args":[{"$":"ref","path":"/shop","type":"Shop"},{"kind":"stopped"}]}
 * ```
 */
import { readFileSync } from 'node:fs';
import { RecordingUnreadableError } from '../errors.js';
import type { toJson } from './recorded-values.js';

type Json = ReturnType<typeof toJson>;

export const RECORDING_VERSION = 1;

export interface RecordingHead {
  readonly troupe: 'recording';
  readonly version: number;
  /** The class's name. */
  readonly type: string;
  readonly path: string;
  /** As values of messages: see `recorded-values.ts`. */
  readonly props: Json;
  /** When the recording began, as ISO text. */
  readonly startedAt: string;
}

export interface RecordedLine {
  /** Milliseconds since the recording began. */
  readonly atMs: number;
  /** `terminated` is the notice of an end: its method is `onTerminated`, and who has ended stands in its arguments. */
  readonly via: 'tell' | 'ask' | 'stream' | 'terminated';
  /** The sender's path; not there for the program. */
  readonly from?: string;
  readonly method: string;
  readonly args: readonly Json[];
}

export interface Recording {
  readonly head: RecordingHead;
  readonly lines: readonly RecordedLine[];
}

/** @throws {RecordingUnreadableError} */
export function readRecording(file: string): Recording {
  const [first = '', ...rest] = readFileSync(file, 'utf8').split('\n');
  const head = parse(file, first, 1) as Partial<RecordingHead>;
  if (head.troupe !== 'recording')
    throw new RecordingUnreadableError(file, 1, 'it is no head of a recording');
  if (head.version !== RECORDING_VERSION) {
    const why = `its version is ${head.version}, and this Troupe reads version ${RECORDING_VERSION}`;
    throw new RecordingUnreadableError(file, 1, why);
  }
  // Behind the last line's end is nothing; or what a death has cut off.
  const lines = rest.slice(0, -1).map((line, at) => parse(file, line, at + 2));
  return { head: head as RecordingHead, lines: lines as RecordedLine[] };
}

function parse(file: string, line: string, number: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new RecordingUnreadableError(file, number, 'it is no JSON object');
}
