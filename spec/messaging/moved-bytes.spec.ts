/** What is moved and small is copied into its message: nobody is to notice. */
import { MessageChannel } from 'node:worker_threads';
import { expect } from 'chai';
import { type ActorRef, type ActorSystem, MessageNotSerializableError } from '../../core/index.js';
import { AttachmentStore } from '../../core/runtime/attachments.js';
import { crash } from '../../core/testing/index.js';
import { Customs } from '../actors-for-specs/attaching.js';
import { Echo, Recorder } from '../actors-for-specs/basics.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const SMALL = 16;
const LARGE = 1 << 19;

declare const WebAssembly: { Memory: new (size: { initial: number }) => { buffer: ArrayBuffer } };
const memory = (pages: number) => new WebAssembly.Memory({ initial: pages }).buffer;
const filled = (size: number) => new Uint8Array(size).fill(7).buffer;

describe('what is moved', () => {
  let system: ActorSystem;
  let echo: ActorRef<Echo>;
  let customs: ActorRef<Customs>;
  /** What has come to the creating thread since. */
  let beside = 0;
  const { put } = AttachmentStore.prototype;
  before(async () => {
    AttachmentStore.prototype.put = function (...stored) {
      beside++;
      return put.apply(this, stored);
    };
    ({ system } = await quietSystem());
    echo = await system.spawn(Echo);
    customs = await system.spawn(Customs, { placement: 'shared' });
  });
  beforeEach(() => {
    beside = 0;
  });
  after(() => {
    AttachmentStore.prototype.put = put;
    return system.shutdown({ drain: false });
  });

  const moves = <T>(value: T, ...transfer: object[]) => echo.with({ transfer }).ask.echo(value) as Promise<T>;

  for (const [what, size] of [
    ['few bytes', SMALL],
    ['many bytes', LARGE],
  ] as const) {
    describe(`(${what})`, () => {
      it('is taken from its sender, also where the message does not mention it', async () => {
        const [one, other] = [filled(size), filled(size)];
        const back = await moves({ one }, one, other);
        expect([one.byteLength, other.byteLength, back.one.byteLength]).to.deep.equal([0, 0, size]);
        expect(new Uint8Array(back.one)[size - 1]).to.equal(7);
      });

      it('is one buffer for all that refer to it', async () => {
        const buffer = filled(size);
        const sent = { words: new Int32Array(buffer, 4, 2), tail: Buffer.from(buffer, 6, 4), buffer };
        const seen = await customs.with({ transfer: [buffer] }).ask.look(sent);
        expect([sent.words.length, sent.tail.length, buffer.byteLength]).to.deep.equal([0, 0, 0]);
        expect(seen).to.deep.equal({ isOne: true, words: [4, 2], tail: [7, 7, 0, 0], size });
      });

      it('comes with the whole of its buffer, when a part of it is sent', async () => {
        const buffer = filled(size);
        const part = Buffer.from(buffer, 2, 3);
        expect(await customs.with({ transfer: [buffer] }).ask.lookAtPart(part)).to.deep.equal([2, 3, size]);
      });

      it('stays with its sender when it stands in the list twice, or when the rest cannot travel', async () => {
        const buffer = filled(size);
        const [twice, other] = [moves(buffer, buffer, buffer), moves([buffer, () => 1], buffer)];
        for (const refused of [twice, other]) {
          expect(await rejection(refused)).to.be.instanceOf(MessageNotSerializableError);
        }
        expect(buffer.byteLength).to.equal(size);
      });

      it('stays with its sender when it must not be moved', async () => {
        const buffer = size === SMALL ? Buffer.from('of the pool').buffer : memory(16);
        // Node 20 copies it then.
        await moves(buffer, buffer).catch((error) => {
          expect(error).to.be.instanceOf(MessageNotSerializableError);
        });
        expect(buffer.byteLength).to.be.above(0);
      });

      it('survives the death of a receiver that has not begun its message', async () => {
        const recorder = await system.spawn(Recorder);
        const gate = new Gate();
        recorder.tell.hold(gate.shared);
        await gate.reached();
        const buffer = filled(size);
        recorder.with({ transfer: [buffer] }).tell.note(new Uint8Array(buffer));
        await crash(recorder);
        expect(await recorder.ask.seen()).to.deep.equal([new Uint8Array(filled(size))]);
        await recorder.kill();
      });
    });
  }

  it('goes beside its message when it is large, can grow, or is in one list with a port', async () => {
    const [few, many] = [filled(SMALL), filled(LARGE)];
    await moves(few, few);
    expect(beside).to.equal(0);
    await moves(many, many);
    await until(() => beside === 1);
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { maxByteLength: number };
    const grows = new Resizable(SMALL, { maxByteLength: 64 });
    const grown = await moves(grows, grows);
    expect([grows.byteLength, grown.byteLength, grown.maxByteLength]).to.deep.equal([0, SMALL, 64]);
    await until(() => beside === 2);
    const { port1, port2 } = new MessageChannel();
    const recorder = await system.spawn(Recorder);
    const beyond = filled(SMALL);
    recorder.with({ transfer: [beyond, port2] }).tell.note([beyond, port2]);
    expect(await recorder.ask.count()).to.equal(1);
    expect([beyond.byteLength, beside]).to.deep.equal([0, 3]);
    port1.close();
    await recorder.kill();
  });

  it('is copied also where shared memory is in the message', async () => {
    const [few, shared] = [filled(SMALL), new SharedArrayBuffer(8)];
    const back = await moves({ few, shared, view: new Uint8Array(few, 1) }, few);
    expect([few.byteLength, back.view.length]).to.deep.equal([0, SMALL - 1]);
    expect(back.view.buffer).to.equal(back.few);
    new Uint8Array(back.shared)[3] = 1;
    expect(new Uint8Array(shared)[3]).to.equal(1);
  });

  it('goes beside its message where the mailbox could not hold both', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxBytes: 4096 } });
    const text = 'x'.repeat(2000);
    for (const size of [1000, 3000, 5000]) {
      const buffer = filled(size);
      recorder.with({ transfer: [buffer] }).tell.note([text, buffer]);
      expect(buffer.byteLength).to.equal(0);
      expect(await recorder.ask.count()).to.be.above(0);
    }
    expect(beside).to.equal(2);
    await recorder.kill();
  });

  it('goes beside its message while others wait for room', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 } });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    beside = 0;
    const sent = Array.from({ length: 5 }, () => filled(SMALL));
    for (const buffer of sent) recorder.with({ transfer: [buffer] }).tell.note(buffer);
    expect(sent.map(({ byteLength }) => byteLength)).to.deep.equal([0, 0, 0, 0, 0]);
    expect(beside).to.be.within(3, 4);
    gate.open();
    expect(await recorder.ask.seen()).to.deep.equal(Array.from({ length: 5 }, () => filled(SMALL)));
    await recorder.kill();
  });
});
