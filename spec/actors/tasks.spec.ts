import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { expect } from 'chai';
import { Tasks } from '../../actors/index.js';
import {
  type ActorRef,
  ActorStoppedError,
  type ActorSystem,
  AskTimeoutError,
  MessageNotSerializableError,
  type SpawnSettings,
} from '../../core/index.js';
import { eventually } from '../support/eventually.js';
import { quietSystem, rejection } from '../support/quiet-system.js';

const url = new URL('./support/task-functions.js', import.meta.url).href;

describe('Tasks', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    ({ system } = await quietSystem());
  });
  afterEach(() => system.shutdown({ drain: false }));

  const poolOf = (size: number, settings: SpawnSettings = {}): Promise<ActorRef<Tasks>> =>
    system.pool(Tasks, { size, ...settings });

  it('runs an exported function with its arguments, on a thread', async () => {
    const tasks = await poolOf(1);
    expect(await tasks.ask.run<number>(url, 'add', [1, 2, 3])).to.equal(6);
    expect(await tasks.ask.run(url, 'add')).to.equal(0);
    expect(await tasks.ask.run(url, 'whichThread'))
      .to.be.a('number')
      .and.not.equal(threadId);
  });

  it('finds the default export, a path, and what CommonJS exports', async () => {
    const tasks = await poolOf(1);
    expect(await tasks.ask.run(url, 'default', [4])).to.equal(8);
    expect(await tasks.ask.run(fileURLToPath(url), 'add', [1])).to.equal(1);
    expect(await tasks.ask.run('node:path', 'basename', ['/a/b'])).to.equal('b');
  });

  it('runs as many at a time as the pool has threads', async () => {
    const tasks = await poolOf(2);
    const here = new Int32Array(new SharedArrayBuffer(4));
    await Promise.all([tasks.ask.run(url, 'meet', [here, 2]), tasks.ask.run(url, 'meet', [here, 2])]);
    expect(here[0]).to.equal(2);
  });

  it('answers many', async () => {
    const tasks = await poolOf(2);
    const sums = await Promise.all(Array.from({ length: 500 }, (_, n) => tasks.ask.run(url, 'add', [n, 1])));
    expect(sums).to.deep.equal(Array.from({ length: 500 }, (_, n) => n + 1));
  });

  it('moves what is to be moved', async () => {
    const tasks = await poolOf(1);
    const buffer = new ArrayBuffer(100);
    expect(await tasks.with({ transfer: [buffer] }).ask.run(url, 'bytesOf', [buffer])).to.equal(100);
    expect(buffer.byteLength).to.equal(0);
  });

  it('rejects with what the function throws, and goes on', async () => {
    const tasks = await poolOf(1);
    const error = await rejection(tasks.ask.run(url, 'fail'));
    expect(error).to.be.instanceOf(RangeError).and.include({ message: 'too small', code: 'E_SMALL' });
    expect(await rejection(tasks.ask.run(url, 'unsendable'))).to.be.instanceOf(MessageNotSerializableError);
    expect(await tasks.ask.run(url, 'add', [1])).to.equal(1);
  });

  it('says what a module lacks', async () => {
    const tasks = await poolOf(1);
    for (const name of ['noSuch', 'notAFunction', 'toString', '', undefined as never]) {
      const error = await rejection(tasks.ask.run(url, name));
      expect(error)
        .to.be.instanceOf(TypeError)
        .with.property('message')
        .match(/exports no function .*add/);
    }
    expect(await rejection(tasks.ask.run(`${url}.gone`, 'add'))).to.have.property(
      'code',
      'ERR_MODULE_NOT_FOUND',
    );
    for (const args of [
      [7, 'add'],
      [url, 'add', 'abc'],
      [url, 'add', { length: 1 }],
    ]) {
      const run = tasks.ask.run as (...args: unknown[]) => Promise<unknown>;
      expect(await rejection(run(...args))).to.be.instanceOf(TypeError);
    }
  });

  it('aborts the function’s signal at the time limit', async () => {
    const tasks = await poolOf(1);
    const seen = new Int32Array(new SharedArrayBuffer(4));
    const run = tasks.with({ timeoutMs: 50 }).ask.run(url, 'untilAborted', [seen], { signal: true });
    expect(await rejection(run)).to.be.instanceOf(AskTimeoutError);
    // A thread that had not begun by then drops it.
    await eventually(
      () => Atomics.load(seen, 0),
      (state) => state !== 1,
    );
    expect(await tasks.ask.run(url, 'add', [1])).to.equal(1);
  });

  it('aborts the function’s signal when the caller gives up', async () => {
    const tasks = await poolOf(1);
    const seen = new Int32Array(new SharedArrayBuffer(4));
    const controller = new AbortController();
    const run = tasks
      .with({ signal: controller.signal })
      .ask.run(url, 'untilAborted', [seen], { signal: true });
    await eventually(
      () => Atomics.load(seen, 0),
      (state) => state === 1,
    );
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await rejection(run)).to.equal(reason);
    await eventually(
      () => Atomics.load(seen, 0),
      (state) => state === 2,
    );
  });

  it('keeps its thread from a function that never ends and hears no signal', async () => {
    const tasks = await poolOf(1);
    expect(await rejection(tasks.with({ timeoutMs: 20 }).ask.run(url, 'forever'))).to.be.instanceOf(
      AskTimeoutError,
    );
    expect(await tasks.ask.run(url, 'add', [1])).to.equal(1);
  });

  it('replaces a thread that is stuck without an await', async () => {
    const tasks = await poolOf(1, {
      hangTimeoutMs: 100,
      supervision: { maxRestarts: Number.POSITIVE_INFINITY },
    });
    const stuck = rejection(tasks.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.run(url, 'spin'));
    const next = tasks.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.run(url, 'add', [1]);
    expect(await stuck).to.be.instanceOf(ActorStoppedError);
    expect(await next).to.equal(1);
  });

  it('replaces only the thread that is stuck: what runs beside it goes on, and what waits is done', async () => {
    const tasks = await poolOf(2, { hangTimeoutMs: 150, supervision: { maxRestarts: 1 } });
    const limitless = tasks.with({ timeoutMs: Number.POSITIVE_INFINITY });
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const beside = limitless.ask.run<number>(url, 'meet', [gate, 2]);
    await eventually(
      () => Atomics.load(gate, 0),
      (here) => here === 1,
    );
    const stuck = rejection(limitless.ask.run(url, 'spin'));
    const waiting = Array.from({ length: 20 }, (_, n) => limitless.ask.run(url, 'add', [n]));
    expect(await stuck).to.be.instanceOf(ActorStoppedError);
    expect(await Promise.all(waiting)).to.have.length(20);
    Atomics.store(gate, 0, 2);
    await beside;
    expect(await tasks.stop()).to.include({ restarts: 1, leftover: 0 });
  });

  it('keeps of an error of the module’s own class its name and fields', async () => {
    const tasks = await poolOf(1);
    const error = await rejection(tasks.ask.run(url, 'failOfItsOwn'));
    expect(error).to.be.instanceOf(Error).and.include({ name: 'TaskError', message: 'mine', retry: 3 });
  });

  it('survives a function that ends its thread', async () => {
    const tasks = await poolOf(1);
    expect(await rejection(tasks.ask.run(url, 'exit'))).to.be.instanceOf(ActorStoppedError);
    expect(await tasks.ask.run(url, 'add', [1])).to.equal(1);
  });

  it('finishes what was asked before it stops', async () => {
    const tasks = await poolOf(2);
    const sums = Array.from({ length: 50 }, (_, n) => tasks.ask.run(url, 'add', [n]));
    const report = await tasks.stop();
    expect(await Promise.all(sums)).to.have.length(50);
    expect(report).to.deep.include({ processed: 50, leftover: 0 });
    expect(await rejection(tasks.ask.run(url, 'add'))).to.be.instanceOf(ActorStoppedError);
  });
});
