/** The arena used up by mail that nobody takes: what is too much is shown, and whoever ends the actor that hoards is heard. */
import { expect } from 'chai';
import { type ActorSystem, ArenaFullError, type DeadLetter } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Recorder, Teller } from '../actors-for-specs/basics.js';
import { Hand, Witness } from '../contract/support/hand.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';

const PIECE = 'x'.repeat(100_000);

describe('an arena that is full', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ arenaBytes: 16 << 20 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  /** Tells until it is a dead letter. @returns how many were accepted, or held */
  const fill = async (hoarder: { tell: { note(item: unknown): boolean } }) => {
    let told = 0;
    while (!deadLetters.some(({ reason }) => reason === 'overflow')) {
      for (let n = 0; n < 10; n++) hoarder.tell.note(PIECE);
      told += 10;
      await new Promise((resolve) => setImmediate(resolve));
      if (told > 10_000) throw new Error('It never was full.');
    }
    return told;
  };

  for (const end of ['kill', 'stop', 'crash'] as const) {
    it(`lets an actor be ended (${end}), its watchers hear of it, and has room again afterwards`, async () => {
      const hoarder = await system.spawn(Hand, {
        mailbox: { maxBytes: 1 << 30 },
        supervision: { restart: 'temporary' },
      });
      const witness = await system.spawn(Witness);
      await witness.ask.watch(hoarder);
      const other = await system.spawn(Hand);
      const before = system.metrics().arena.bytesInUse;
      const gate = new Gate();
      hoarder.tell.hold(gate.shared);
      await gate.reached();
      const told = await fill(hoarder);
      expect(told).to.be.greaterThan(50);
      // Some find the room that others leave; who finds none is told so.
      const patient = hoarder.with({ timeoutMs: Number.POSITIVE_INFINITY });
      const refusals: unknown[] = [];
      for (let n = 0; n < 10; n++) {
        for (const call of [patient.ask.note(PIECE), patient.send.note(PIECE)]) {
          call.catch((error: unknown) => refusals.push(error));
        }
      }
      await until(() => refusals.length > 0);
      expect(refusals[0]).to.be.instanceOf(ArenaFullError);
      const ended =
        end === 'kill'
          ? hoarder.kill()
          : end === 'stop'
            ? hoarder.stop()
            : crash(hoarder).then(() => hoarder.join());
      if (end === 'stop') gate.open();
      const { processed, leftover } = await ended;
      const count = () => deadLetters.filter(({ to }) => to === hoarder.path).length;
      // Each was handled, or shown; none is neither, and none is both.
      await until(() => processed + count() === told + 21);
      expect(leftover).to.be.at.most(count());
      await until(() => system.lastMessages(witness).some(({ kind }) => kind === 'terminated'));
      await other.ask.note(PIECE);
      expect(await other.ask.count()).to.equal(1);
      await until(() => system.metrics().arena.bytesInUse < before + (1 << 20));
    });
  }

  it('answers those who fill it, and shows every message that is too much', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 5 } });
    const tellers = await Promise.all([1, 2].map(() => system.spawn(Teller)));
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    const asks = Array.from({ length: 6 }, (_, n) => tellers[n % 2].ask.fillLong(recorder, 250, 100_000));
    const outcomes = await Promise.allSettled(asks);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).to.be.instanceOf(ArenaFullError);
    }
    const counted = system.metrics().deadLetters;
    expect(counted).to.be.greaterThan(500);
    await until(() => deadLetters.length === counted);
    gate.open();
    const { processed } = await recorder.stop();
    await until(() => processed + deadLetters.length === 1501);
  });
});
