/** The promises that hold wherever an actor runs: each is tried in all three placements. */
import { expect } from 'chai';
import type { ActorSystem, DeadLetter } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';
import { Hand, Kin, Wide, Witness } from './support/hand.js';

for (const placement of ['thread', 'shared', 'inline'] as const) {
  describe(`an actor that runs ${placement}`, () => {
    let system: ActorSystem;
    let deadLetters: DeadLetter[];
    beforeEach(async () => {
      ({ system, deadLetters } = await quietSystem({ threads: 2 }));
    });
    afterEach(() => system.shutdown({ drain: false }));

    it('gets copies, and sends copies', async () => {
      const hand = await system.spawn(Hand, { placement });
      const item = { list: [1], at: new Date(0) };
      hand.tell.note(item);
      item.list.push(2);
      const [seen] = (await hand.ask.seen()) as [{ list: number[] }];
      expect(seen).to.deep.equal({ list: [1], at: new Date(0) });
      seen.list.push(3);
      expect(await hand.ask.seen()).to.deep.equal([{ list: [1], at: new Date(0) }]);
    });

    it('is one that moved what was to be moved', async () => {
      const hand = await system.spawn(Hand, { placement });
      const buffer = new ArrayBuffer(16);
      expect(await hand.with({ transfer: [buffer] }).ask.bytes(buffer)).to.equal(16);
      expect(buffer.byteLength).to.equal(0);
    });

    it('knows who sent, and others know it', async () => {
      const hand = await system.spawn(Hand, { name: 'hand', placement });
      const other = await system.spawn(Hand, { name: 'other', placement });
      expect(await hand.ask.sender()).to.equal(undefined);
      expect(await hand.ask.askSender(other)).to.equal('/hand');
    });

    it('has children beside it, which end with its life, in reverse', async () => {
      for (const of of ['thread', 'shared', 'inline'] as const) {
        const kin = await system.spawn(Kin, { placement, props: { placement: of } });
        const first = await kin.ask.child();
        expect(first.path).to.equal(`${kin.path}/child`);
        kin.tell.fail();
        const second = await kin.ask.child();
        expect(second.id).to.not.equal(first.id);
        expect(await second.ask.path()).to.equal(`${kin.path}/child`);
        expect((await first.join()).reason).to.deep.equal({ kind: 'stopped' });
        const report = await kin.stop();
        expect(report).to.deep.include({ reason: { kind: 'stopped' }, restarts: 1 });
        expect((await second.join()).reason).to.deep.equal({ kind: 'stopped' });
      }
    });

    it('is heard of once, however it ends, and behind a restart too', async () => {
      const witness = await system.spawn(Witness);
      const count = placement === 'thread' ? 8 : 40;
      const refs = await Promise.all(
        Array.from({ length: count }, (_, i) =>
          system.spawn(Hand, { name: `h${i}`, placement, supervision: { maxRestarts: 1 } }),
        ),
      );
      for (const ref of refs) await witness.ask.watch(ref);
      const expected = ['stopped', 'killed', 'failed', 'killed'];
      await Promise.all(
        refs.map(async (ref, i) => {
          if (i % 4 === 0) await ref.stop();
          else if (i % 4 === 1) await ref.kill();
          else if (i % 4 === 2) {
            ref.tell.fail('once');
            ref.tell.fail('for good');
            await ref.join();
          } else {
            const gate = new Gate();
            ref.tell.hold(gate.shared);
            await gate.reached();
            await Promise.all([ref.stop(), ref.kill()]);
          }
        }),
      );
      let ends: Record<string, string[]> = {};
      while (Object.keys(ends).length < count) ends = await witness.ask.ends();
      // Behind all notices: a second one would stand there by now.
      ends = await witness.ask.ends();
      for (const [i, ref] of refs.entries()) expect(ends[ref.path]).to.deep.equal([expected[i % 4]]);
    });

    for (const inFlight of ['skip', 'retry'] as const) {
      it(`with several handlers at a crash: each message counts once (${inFlight})`, async () => {
        const wide = await system.spawn(Wide, { placement, supervision: { inFlight } });
        const gate = new Gate();
        const names = ['a', 'b', 'c'];
        for (const name of names) wide.tell.hold(gate.shared, name);
        await gate.reached(3);
        for (let n = 0; n < 5; n++) wide.tell.note(n);
        await crash(wide);
        // A handler that ends before the restart has handled its message.
        if (inFlight === 'retry') await gate.reached(6);
        else await until(() => deadLetters.length === 3);
        gate.open();
        const total = inFlight === 'retry' ? 8 : 5;
        let seen: unknown[] = [];
        while (seen.length < total) seen = await wide.ask.seen();
        expect(seen).to.have.members(inFlight === 'retry' ? [...names, 0, 1, 2, 3, 4] : [0, 1, 2, 3, 4]);
        await wide.stop();
        await until(() => deadLetters.length === (inFlight === 'retry' ? 0 : 3));
        expect(
          deadLetters.every(({ reason, attempts }) => reason === 'in-flight' && attempts === 1),
        ).to.equal(true);
      });
    }
  });
}
