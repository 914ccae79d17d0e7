/// <reference types="node" preserve="true" />
/// <reference lib="esnext.disposable" preserve="true" />
/** Helpers for tests of actors, and of code that uses them. */
export { type ConstructOptions, type ConstructRecord, construct, recordOf } from './construct.js';
export { crash } from './crash.js';
export type { ArgsOf, Expected } from './expected.js';
export { type ExploreOptions, explore } from './explore.js';
export { createProbe } from './probe.js';
export { type ActiveRecording, record } from './record.js';
export type { ContextRecord, RecordedSchedule, RecordedSpawn } from './recording-context.js';
export { type Replayed, type ReplayOptions, replay } from './replay.js';
export {
  type StubCall,
  type StubMethod,
  type StubMethods,
  type StubOptions,
  type StubRecord,
  type StubRef,
  stubRef,
} from './stub-ref.js';
export type { NewProbeOptions, ProbeMessage, ProbeOptions, ProbePlace, TestProbe } from './test-probe.js';
export { TestSystem, type TestSystemOptions } from './test-system.js';
