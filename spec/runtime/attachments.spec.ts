/** What travels beside messages is kept at the creating thread until they are done, and no longer, whoever dies. */
import { expect } from 'chai';
import type { ActorRef, ActorSystem, DeadLetter } from '../../core/index.js';
import { AttachmentStore } from '../../core/runtime/attachments.js';
import { crash } from '../../core/testing/index.js';
import { Carrier, Keeper, objectOf, type Way } from '../actors-for-specs/attaching.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';

describe('what travels beside a message', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let carrier: ActorRef<Carrier>;
  let store: AttachmentStore | undefined;
  let count = 0;
  const { put } = AttachmentStore.prototype;
  before(() => {
    AttachmentStore.prototype.put = function (...stored) {
      store = this;
      count++;
      return put.apply(this, stored);
    };
  });
  after(() => {
    AttachmentStore.prototype.put = put;
  });
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem());
    carrier = await system.spawn(Carrier);
    count = 0;
  });
  afterEach(() => system.shutdown({ drain: false }));

  /** So many objects have come, and none is kept. */
  const allGone = async (sent: number) => {
    // The order is carried out by then: what it sends by its port comes first.
    await until(() => count >= sent && store?.size === 0);
  };

  for (const way of ['shared', 'moved'] as const satisfies Way[]) {
    describe(`(${way})`, () => {
      it('is kept until that is handled', async () => {
        const keeper = await system.spawn(Keeper, { props: undefined });
        await carrier.ask.tell(keeper, way, 10);
        await until(() => count === 10);
        expect(await keeper.ask.taken()).to.equal(10);
        await allGone(10);
      });

      it('ends with the dead letter of one that has ended', async () => {
        const keeper = await system.spawn(Keeper, { props: undefined });
        await keeper.stop();
        await carrier.ask.tell(keeper, way, 3);
        await until(() => deadLetters.length === 3);
        await allGone(3);
      });

      it('ends with those that are held when the actor ends', async () => {
        const keeper = await system.spawn(Keeper, { props: undefined, mailbox: { maxItems: 2 } });
        const gate = new Gate();
        keeper.tell.hold(gate.shared);
        await gate.reached();
        await carrier.ask.tell(keeper, way, 20);
        await keeper.kill();
        await until(() => deadLetters.filter(({ method }) => method === 'take').length === 20);
        await allGone(20);
      });

      it('ends with one that its sender gives up', async () => {
        const keeper = await system.spawn(Keeper, { props: undefined, mailbox: { maxItems: 1 } });
        const gate = new Gate();
        keeper.tell.hold(gate.shared);
        await gate.reached();
        await carrier.ask.sendAndGiveUp(keeper, way);
        gate.open();
        expect(await keeper.ask.taken()).to.equal(0);
        await allGone(1);
      });

      it('ends with one whose sender dies before it is sent', async () => {
        const keeper = await system.spawn(Keeper, { props: undefined });
        carrier.tell.dieBetween(keeper, way);
        expect(await carrier.ask.ping()).to.equal('pong');
        expect(await keeper.ask.taken()).to.equal(0);
        await allGone(1);
      });

      it('is there for one that its sender had staged, and died before it had noted that', async () => {
        const keeper = await system.spawn(Keeper, { props: undefined });
        carrier.tell.dieStaging(keeper, way);
        expect(await carrier.ask.ping()).to.equal('pong');
        expect(await keeper.ask.taken()).to.equal(2);
        await allGone(2);
      });

      it('is there for all that were sent before their sender died', async () => {
        const keeper = await system.spawn(Keeper, { props: undefined, mailbox: { maxItems: 4 } });
        for (const sent of [1, 9]) {
          const before = await keeper.ask.taken();
          carrier.tell.dieBehind(keeper, way, sent);
          expect(await carrier.ask.ping()).to.equal('pong');
          await until(() => system.metrics().actors.every(({ held, depth }) => held + depth === 0));
          expect(await keeper.ask.taken()).to.equal(before + sent);
        }
        await allGone(10);
      });

      it('ends with one whose receiver dies of it', async () => {
        const keeper = await system.spawn(Keeper, {
          props: undefined,
          supervision: { restart: 'temporary' },
        });
        const object = objectOf(way);
        (way === 'shared' ? keeper : keeper.with({ transfer: [object] })).tell.fail(object);
        await carrier.ask.tell(keeper, way, 5);
        await keeper.join();
        await until(() => deadLetters.length === 6);
        await allGone(6);
      });
    });
  }

  it('ends with an answer whose asker has died', async () => {
    const keeper = await system.spawn(Keeper, { props: undefined });
    const held = new Gate();
    keeper.tell.hold(held.shared);
    await held.reached();
    const gate = new Gate();
    carrier.tell.askAndDie(keeper, gate.shared);
    await gate.reached();
    gate.open();
    expect(await carrier.ask.ping()).to.equal('pong');
    held.open();
    await until(() => count >= 3);
    expect(await keeper.ask.taken()).to.equal(0);
    await allGone(3);
  });

  it('ends with an answer that its asker had not read when it died', async () => {
    const keeper = await system.spawn(Keeper, { props: undefined });
    const gate = new Gate();
    carrier.tell.askAndBlock(keeper, gate.shared);
    await gate.reached();
    // It has answered by then.
    expect(await keeper.ask.taken()).to.equal(0);
    await crash(carrier);
    expect(await carrier.ask.ping()).to.equal('pong');
    await allGone(2);
  });

  it('stays with the props of an actor, and ends with that', async () => {
    const keeper = await system.spawn(Keeper, { props: new SharedArrayBuffer(8) });
    await crash(keeper);
    expect(await keeper.ask.taken()).to.equal(0);
    expect(store?.size).to.equal(1);
    await keeper.stop();
    await allGone(1);
  });
});
