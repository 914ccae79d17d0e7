/** Behind the first message of a turn, a record is built where it is staged: what may happen on the way. */
import { expect } from 'chai';
import { type ActorSystem, MessageNotSerializableError, MessageTooLargeError } from '../../core/index.js';
import { Recorder } from '../actors-for-specs/basics.js';
import { quietSystem, rejection } from '../support/quiet-system.js';

describe('messages told in a row', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('arrive whole and in order, whatever their sizes', async () => {
    const recorder = await system.spawn(Recorder);
    const sizes = Array.from({ length: 600 }, (_, i) => (i * 7919) % 5000);
    // Long strings, wide ones and bytes outgrow what is left of a block, at every place in it.
    const items = sizes.map((size, i) => {
      if (i % 3 === 0) return { i, text: 'x'.repeat(size) };
      return i % 3 === 1 ? { i, text: '\u20ac'.repeat(size) } : { i, bytes: new Uint8Array(size).fill(i) };
    });
    for (const item of items) recorder.tell.note(item);
    expect(await recorder.ask.seen()).to.deep.equal(items);
  });

  it('are of every kind', async () => {
    const recorder = await system.spawn(Recorder);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    const holes = new Array(5);
    holes[3] = 'x';
    const far = Array.from({ length: 300 }, (_, i) => i * 1.5);
    far[400] = 1;
    const items = [
      1,
      -0,
      2 ** 40,
      'a',
      'é'.repeat(30),
      7n,
      2n ** 80n,
      circle,
      holes,
      far,
      new Map([[{}, 1]]),
      null,
    ];
    for (const item of items) recorder.tell.note(item);
    const error = new TypeError('wrong', { cause: 'it' });
    recorder.tell.note(error);
    const seen = (await recorder.ask.seen()) as typeof items;
    const [, , , , , , , back] = seen as { self?: unknown }[];
    expect(back.self).to.equal(back);
    expect(Object.is(seen[1], -0)).to.equal(true);
    expect(seen[8]).to.deep.equal(holes);
    expect(3 in (seen[8] as unknown[]) && !(2 in (seen[8] as unknown[]))).to.equal(true);
    expect(seen.slice(2, 7)).to.deep.equal(items.slice(2, 7));
    expect(seen[9]).to.deep.equal(far);
    expect(seen.at(-1)).to.be.instanceOf(TypeError).with.property('cause', 'it');
  });

  it('leave no trace of one that is refused', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxBytes: 4096 } });
    for (let i = 0; i < 20; i++) {
      recorder.tell.note({ i });
      expect(() => recorder.tell.note({ i, deep: [1, 2, () => 0] })).to.throw(MessageNotSerializableError);
      expect(() => recorder.tell.note({ i, big: 'x'.repeat(5000) })).to.throw(MessageTooLargeError);
      expect(() => recorder.tell.note({ i, big: new Array(1100).fill(1) })).to.throw(MessageTooLargeError);
    }
    expect(await recorder.ask.seen()).to.deep.equal(Array.from({ length: 20 }, (_, i) => ({ i })));
  });

  it('may be published by a getter of one of them', async () => {
    const recorder = await system.spawn(Recorder);
    const waits: Promise<void>[] = [];
    for (let i = 0; i < 100; i++) {
      recorder.tell.note({
        get i() {
          waits.push(recorder.drained());
          return i;
        },
      });
    }
    await Promise.all(waits);
    expect(await recorder.ask.seen()).to.deep.equal(Array.from({ length: 100 }, (_, i) => ({ i })));
  });

  it('may be ended by a getter of one of them: a stop there is refused, as any message is', async () => {
    const recorder = await system.spawn(Recorder);
    recorder.tell.note(1);
    const stops: Promise<unknown>[] = [];
    const stopping = {
      get now() {
        const stop = recorder.stop();
        stops.push(rejection(stop));
        return stop;
      },
    };
    expect(() => recorder.tell.note(stopping)).to.throw(MessageNotSerializableError);
    for (const refusal of await Promise.all(stops))
      expect(refusal).to.be.instanceOf(MessageNotSerializableError);
    recorder.tell.note(2);
    expect(await recorder.ask.seen()).to.deep.equal([1, 2]);
  });

  it('are refused from the call of shutdown on, also behind others of the same turn', async () => {
    const { system } = await quietSystem();
    const recorder = await system.spawn(Recorder);
    const told = () => Array.from({ length: 5 }, (_, i) => recorder.tell.note({ i }));
    expect(told()).to.deep.equal([true, true, true, true, true]);
    const over = system.shutdown();
    expect(told()).to.deep.equal([false, false, false, false, false]);
    await over;
  });
});
