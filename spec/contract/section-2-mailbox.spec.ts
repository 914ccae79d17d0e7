/** Section 2: what is accepted, held, moved; what overtakes; who waits for room. */

import { MessageChannel } from 'node:worker_threads';
import { expect } from 'chai';
import {
  ActorStoppedError,
  type ActorSystem,
  type DeadLetter,
  type LogEntry,
  TroupeError,
} from '../../core/index.js';
import { Recorder } from '../actors-for-specs/basics.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Carrier } from './actors/copies.js';
import { Gives } from './actors/streams.js';

describe('contract 2: the mailbox', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, log, deadLetters } = await quietSystem({ arenaBytes: 1 << 29, threads: 1 }));
  });
  after(() => system.shutdown({ drain: false, timeoutMs: 3000 }));
  const lettersTo = (path: string) => deadLetters.filter((letter) => letter.to === path);

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      it('keeps a hundred thousand held messages in order, warns once, and has drained then', async () => {
        // Fewer at a time, and it would be for their wake-ups that the time goes.
        const recorder = await system.spawn(Recorder, { placement, mailbox: { maxItems: 100 } });
        const gate = new Gate();
        recorder.tell.hold(gate.shared);
        await gate.reached();
        let held = 0;
        for (let i = 0; i < 110_000; i++) if (!recorder.tell.note(i)) held++;
        expect(held).to.be.at.least(109_900);
        const early = recorder.drained({ timeoutMs: 1 });
        expect((await rejection(early)).name).to.match(/Error$/);
        const reason = new Error('no patience');
        expect(await rejection(recorder.drained({ signal: AbortSignal.abort(reason) }))).to.equal(reason);
        gate.open();
        await recorder.drained();
        const seen = await recorder.with({ timeoutMs: 15_000 }).ask.seen();
        expect(seen.length).to.equal(110_000);
        expect(seen.every((item, i) => item === i)).to.equal(true);
        await until(() =>
          log.some((entry) => entry.message.includes(recorder.path) && entry.fields?.held === 100_000),
        );
        await recorder.stop();
      });

      it('past maxHeld refuses each kind of call at once, as dead letters', async () => {
        const recorder = await system.spawn(Recorder, { placement, mailbox: { maxItems: 1, maxHeld: 1 } });
        const gate = new Gate();
        recorder.tell.hold(gate.shared);
        await gate.reached();
        const one = recorder.send.note('held').catch((error: unknown) => error);
        recorder.tell.note('held as well');
        expect(recorder.tell.note('past')).to.equal(false);
        expect(await rejection(recorder.send.note('past'))).to.be.instanceOf(TroupeError);
        expect(await rejection(recorder.with({ timeoutMs: 60_000 }).ask.note('past'))).to.be.instanceOf(
          TroupeError,
        );
        gate.open();
        await one;
        await recorder.drained();
        await until(() => lettersTo(recorder.path).filter((l) => l.args?.[0] === 'past').length === 3);
        expect(lettersTo(recorder.path).every((letter) => letter.reason === 'overflow')).to.equal(true);
      });

      it('lets what is urgent overtake, by every call, and keeps its own order', async () => {
        const carrier = await system.spawn(Carrier, { placement });
        const busy = await system.spawn(Recorder, { placement });
        const gate = new Gate();
        busy.tell.hold(gate.shared);
        await gate.reached();
        for (let i = 0; i < 3; i++) busy.tell.note(`late ${i}`);
        const urgent = busy.with({ urgent: true });
        urgent.tell.note('urgent tell');
        await urgent.send.note('urgent send');
        const asked = urgent.ask.note('urgent ask');
        gate.open();
        await asked;
        expect(await busy.ask.seen()).to.deep.equal([
          'urgent tell',
          'urgent send',
          'urgent ask',
          'late 0',
          'late 1',
          'late 2',
        ]);
        await carrier.stop();
      });

      it('moves buffers and ports, once', async () => {
        const carrier = await system.spawn(Carrier, { placement });
        const buffer = new Uint8Array([1, 2, 3]).buffer;
        const [back] = (await carrier.with({ transfer: [buffer] }).ask.echo(buffer)) as [ArrayBuffer];
        expect([...new Uint8Array(back)]).to.deep.equal([1, 2, 3]);
        expect(buffer.byteLength).to.equal(0);
        const view = new Uint8Array([4, 5, 6, 7]).subarray(1, 3);
        const [moved] = (await carrier.with({ transfer: [view.buffer] }).ask.echo(view)) as [Uint8Array];
        expect([...moved]).to.deep.equal([5, 6]);
        const { port1, port2 } = new MessageChannel();
        const answered = new Promise((resolve) => port1.once('message', resolve));
        carrier.with({ transfer: [port2] }).tell.portAnswers(port2);
        expect(await answered).to.equal('moved');
        port1.close();
      });

      it('never retries what was moved: a dead letter without content', async () => {
        const carrier = await system.spawn(Carrier, { placement, supervision: { inFlight: 'retry' } });
        const buffer = new ArrayBuffer(8);
        carrier.with({ transfer: [buffer] }).tell.failOn(buffer, 'throw');
        carrier.tell.keep('next');
        expect(await carrier.ask.kept()).to.deep.equal(['next']);
        await until(() => lettersTo(carrier.path).length > 0);
        const [letter, ...others] = lettersTo(carrier.path);
        expect(others).to.deep.equal([]);
        expect(letter).to.include({ method: 'failOn', args: undefined });
      });

      it('takes nothing from the sender of a message that is refused as unserializable', async () => {
        const carrier = await system.spawn(Carrier, { placement });
        const kept = new ArrayBuffer(16);
        const refused = await rejection(carrier.with({ transfer: [kept] }).ask.echo(kept, () => 1));
        expect(refused).to.be.instanceOf(TroupeError);
        expect(kept.byteLength).to.equal(16);
      });

      it('lets an urgent stream overtake as well', async () => {
        const source = await system.spawn(Gives, { placement });
        const gate = new Gate();
        source.tell.wait(gate.shared);
        await gate.reached();
        source.tell.mark('late');
        const items = (async () => {
          for await (const _ of source.with({ urgent: true }).stream.logged('urgent')) break;
        })();
        await new Promise((resolve) => setImmediate(resolve));
        gate.open();
        await items;
        expect(await source.ask.log()).to.deep.equal(['urgent', 'late']);
      });

      it('has drained when the actor has ended, whatever was held', async () => {
        const recorder = await system.spawn(Recorder, { placement, mailbox: { maxItems: 1 } });
        const gate = new Gate();
        recorder.tell.hold(gate.shared);
        await gate.reached();
        for (let i = 0; i < 50; i++) recorder.tell.note(i);
        const drained = recorder.drained();
        const sent = rejection(recorder.send.note('send'));
        const asked = rejection(recorder.ask.note('ask'));
        await recorder.kill();
        await drained;
        expect(await sent).to.be.instanceOf(ActorStoppedError);
        expect(await asked).to.be.instanceOf(ActorStoppedError);
        await until(() => lettersTo(recorder.path).length >= 52);
      });
    });
  }
});
