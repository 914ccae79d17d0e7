/** Section 2: what is moved. */
import { expect } from 'chai';
import { type ActorSystem, MessageTooLargeError, TroupeError } from '../../core/index.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Carrier } from './actors/copies.js';

describe('contract 2: what is moved', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem({ arenaBytes: 1 << 29, threads: 1 }));
  });
  after(() => system.shutdown({ drain: false, timeoutMs: 3000 }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      it('refuses what has been moved already', async () => {
        const carrier = await system.spawn(Carrier, { placement });
        const buffer = new ArrayBuffer(8);
        await carrier.with({ transfer: [buffer] }).ask.echo(buffer);
        const again = carrier.with({ transfer: [buffer] }).ask.echo(buffer);
        expect(await rejection(again)).to.be.instanceOf(TroupeError);
      });

      it('refuses to move what cannot be moved', async () => {
        const carrier = await system.spawn(Carrier, { placement });
        const plain = { a: 1 };
        expect(await rejection(carrier.with({ transfer: [plain] }).ask.echo(plain))).to.be.instanceOf(
          TroupeError,
        );
        expect(await carrier.ask.echo('goes on')).to.deep.equal(['goes on']);
      });

      it('takes nothing from the sender of a message that is refused as too large', async () => {
        const carrier = await system.spawn(Carrier, { placement, mailbox: { maxBytes: 4096 } });
        const kept = new ArrayBuffer(16);
        const large = await rejection(carrier.with({ transfer: [kept] }).ask.echo(kept, 'x'.repeat(10_000)));
        expect(large).to.be.instanceOf(MessageTooLargeError);
        expect(kept.byteLength).to.equal(16);
        expect(await carrier.ask.echo('goes on')).to.deep.equal(['goes on']);
      });
    });
  }
});
