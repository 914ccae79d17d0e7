/** A message arrives as a copy; shared memory by reference; what is transferred moves. */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { expect } from 'chai';
import {
  type ActorRef,
  type ActorSystem,
  type DeadLetter,
  MessageNotSerializableError,
} from '../../core/index.js';
import { Echo, Hasty, Recorder } from '../actors-for-specs/basics.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

describe('what a message holds', () => {
  let system: ActorSystem;
  let echo: ActorRef<Echo>;
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, deadLetters } = await quietSystem());
    echo = await system.spawn(Echo);
  });
  after(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`is copied, placement ${placement}`, async () => {
      const there = await system.spawn(Echo, { placement });
      const sent = { list: [1, 2], at: new Date(0), by: new Map([['a', new Set([1n])]]), none: undefined };
      const back = (await there.ask.echo(sent)) as typeof sent;
      expect(back).to.deep.equal(sent);
      expect(back).to.not.equal(sent);
      expect(back.list).to.not.equal(sent.list);
      expect(back.by).to.be.instanceOf(Map);
      const circle: { self?: unknown } = {};
      circle.self = circle;
      const copy = (await there.ask.echo(circle)) as typeof circle;
      expect(copy.self).to.equal(copy);
    });

    it(`is copied when it is sent, placement ${placement}`, async () => {
      const there = await system.spawn(Recorder, { placement });
      const item = { n: 1 };
      there.tell.note(item);
      item.n = 2;
      there.tell.note(item);
      expect(await there.ask.seen()).to.deep.equal([{ n: 1 }, { n: 2 }]);
    });
  }

  it('is a Buffer where a Buffer was sent', async () => {
    expect(await echo.ask.isBuffer(Buffer.from('abc'))).to.equal(true);
    const back = (await echo.ask.echo(Buffer.from('abc'))) as Buffer;
    expect(Buffer.isBuffer(back)).to.equal(true);
    expect(back.toString()).to.equal('abc');
  });

  it("of a class of one's own are plain fields", async () => {
    class Point {
      #hidden = 1;
      constructor(
        readonly x: number,
        readonly y: number,
      ) {}
      hidden() {
        return this.#hidden;
      }
    }
    expect(await echo.ask.fieldsOf(new Point(1, 2))).to.deep.equal(['x', 'y']);
  });

  it('is shared when it is shared memory', async () => {
    const shared = new SharedArrayBuffer(8);
    await echo.ask.setFirst(shared, 7);
    const view = new Int32Array(shared);
    expect(view[0]).to.equal(7);
    await echo.ask.setFirst(view, 8);
    expect(view[0]).to.equal(8);
    echo.tell.setFirst(shared, 9);
    await echo.ask.nothing();
    expect(view[0]).to.equal(9);
    const back = (await echo.ask.echo({ shared })) as { shared: SharedArrayBuffer };
    new Int32Array(back.shared)[1] = 5;
    expect(view[1]).to.equal(5);
  });

  it('keeps its place though it travels beside the record', async () => {
    const recorder = await system.spawn(Recorder);
    for (let i = 0; i < 50; i++)
      recorder.tell.note(i % 2 === 0 ? i : { i, shared: new SharedArrayBuffer(4) });
    const seen = await recorder.ask.seen();
    expect(seen.map((item) => (typeof item === 'number' ? item : (item as { i: number }).i))).to.deep.equal(
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  it('moves when it is transferred', async () => {
    const buffer = new ArrayBuffer(16);
    new Uint8Array(buffer)[3] = 4;
    const moving = echo.with({ transfer: [buffer] });
    const back = (await moving.ask.echo({ buffer })) as { buffer: ArrayBuffer };
    expect(buffer.byteLength).to.equal(0);
    expect(new Uint8Array(back.buffer)[3]).to.equal(4);
    const { port1, port2 } = new MessageChannel();
    const recorder = await system.spawn(Recorder);
    expect(recorder.with({ transfer: [port2] }).tell.note(port2)).to.equal(true);
    expect(await recorder.ask.count()).to.equal(1);
    port1.close();
  });

  it('is refused when it can only be moved, and is not', async () => {
    const { port1, port2 } = new MessageChannel();
    expect(await rejection(echo.ask.echo(port2))).to.be.instanceOf(MessageNotSerializableError);
    port1.postMessage('still open');
    expect(receiveMessageOnPort(port2)).to.deep.equal({ message: 'still open' });
    port1.close();
  });

  it('dies with its thread when it was moved: a dead letter without content', async () => {
    const recorder = await system.spawn(Recorder);
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    const buffer = new ArrayBuffer(8);
    recorder.with({ transfer: [buffer] }).tell.note(buffer);
    await recorder.kill();
    await until(() => deadLetters.some((l) => l.to === recorder.path && l.method === 'note'));
    expect(deadLetters.find((l) => l.to === recorder.path && l.method === 'note')?.args).to.equal(undefined);
  });

  it('is shown as a dead letter with its content, also when what travels beside it comes later', async () => {
    const recorder = await system.spawn(Recorder, { placement: 'inline' });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    const hasty = await system.spawn(Hasty);
    const spinner = await system.spawn(Hasty, { placement: 'inline' });
    const item = new SharedArrayBuffer(4);
    for (const actor of [hasty, spinner]) await actor.ask.keep(item);
    hasty.tell.tellAndKill(recorder);
    // The creating thread finds the message and the end of its receiver before it looks at its ports.
    spinner.tell.spin();
    await recorder.join();
    const isIt = (letter: DeadLetter) => letter.to === recorder.path && letter.method === 'note';
    await until(() => deadLetters.some(isIt));
    expect(deadLetters.find(isIt)?.args?.[0]).to.be.instanceOf(SharedArrayBuffer);
  });
});
