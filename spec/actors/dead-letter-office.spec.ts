import { expect } from 'chai';
import { DeadLetterOffice, type KeptLetter, type LetterQuery } from '../../actors/index.js';
import { type ActorRef, ActorStartError, ActorSystem } from '../../core/index.js';
import { eventually } from '../support/eventually.js';
import { rejection } from '../support/quiet-system.js';
import { Mailer } from './support/mailer.js';

describe('DeadLetterOffice', () => {
  let system: ActorSystem;
  let office: ActorRef<DeadLetterOffice>;
  beforeEach(async () => {
    // No quietSystem: nobody but the office is to watch dead letters.
    system = await ActorSystem.start({ arenaBytes: 1 << 26, logger: () => undefined });
    office = await system.spawn(DeadLetterOffice, { props: { keep: 5 } });
  });
  afterEach(() => system.shutdown({ drain: false }));

  const mailer = (down = false): Promise<ActorRef<Mailer>> =>
    system.spawn(Mailer, { name: 'mailer', props: { down }, supervision: { onError: 'resume' } });
  const untilCount = (count: number, query: LetterQuery = {}): Promise<KeptLetter[]> =>
    eventually(
      () => office.ask.letters(query),
      (letters) => letters.length === count,
    );

  it('keeps what a stopped actor was sent, with all that is known', async () => {
    const ref = await mailer();
    await ref.stop();
    const before = Date.now();
    expect(ref.tell.mail({ to: 'a@b.example' })).to.equal(false);
    const [letter] = await untilCount(1);
    expect(letter).to.deep.include({
      id: 1,
      reason: 'stopped',
      to: '/mailer',
      type: 'Mailer',
      from: undefined,
      kind: 'tell',
      method: 'mail',
      args: [{ to: 'a@b.example' }],
    });
    expect(letter.time).to.be.within(before, Date.now());
  });

  it('keeps what a handler threw', async () => {
    (await mailer(true)).tell.mail('one');
    const [letter] = await untilCount(1);
    expect(letter).to.include({ reason: 'failed', method: 'mail', attempts: 1 });
    expect(letter.error).to.be.instanceOf(Error).with.property('message', 'no mail server');
  });

  it('keeps the last ones only', async () => {
    const ref = await mailer(true);
    for (let n = 1; n <= 8; n++) ref.tell.mail(n);
    await eventually(
      () => office.ask.letters(),
      (letters) => letters.at(-1)?.id === 8,
    );
    expect((await office.ask.letters()).map(({ args }) => args?.[0])).to.deep.equal([4, 5, 6, 7, 8]);
  });

  it('finds by actor, reason, method, id and time, and forgets', async () => {
    const ref = await mailer(true);
    ref.tell.mail(1);
    (ref.tell as unknown as { noSuch(): boolean }).noSuch();
    await untilCount(2);
    const count = (query: LetterQuery) => office.ask.count(query);
    expect(await count({ to: '/mailer' })).to.equal(2);
    expect(await count({ to: '/other' })).to.equal(0);
    expect(await count({ reason: 'failed' })).to.equal(1);
    expect(await count({ reason: 'unknown-method', method: 'noSuch', to: '/mailer' })).to.equal(1);
    expect(await count({ method: 'mail', id: 2 })).to.equal(0);
    expect(await count({ since: Date.now() + 60_000 })).to.equal(0);
    expect(await office.ask.forget({ reason: 'failed' })).to.equal(1);
    expect(await office.ask.forget()).to.equal(1);
    expect(await count({})).to.equal(0);
  });

  it('sends letters again, in order, to the actor that has the path now', async () => {
    const ref = await mailer(true);
    for (let n = 1; n <= 3; n++) ref.tell.mail(n);
    await untilCount(3);
    await ref.stop();
    const again = await mailer();
    expect(await office.ask.replay({ id: 2 })).to.deep.equal({ replayed: 1, failed: [] });
    expect(await office.ask.replay({ to: '/mailer' })).to.deep.equal({ replayed: 2, failed: [] });
    await eventually(again.ask.sent, (sent) => sent.length === 3);
    expect(await again.ask.sent()).to.deep.equal([2, 1, 3]);
    expect(await office.ask.count()).to.equal(0);
  });

  it('gets a letter that fails again as a new one', async () => {
    const ref = await mailer(true);
    ref.tell.mail(1);
    await untilCount(1, { id: 1 });
    expect((await office.ask.replay()).replayed).to.equal(1);
    const [letter] = await untilCount(1);
    expect(letter).to.include({ id: 2, reason: 'failed', from: office.path });
  });

  it('keeps what cannot be sent again, and says why', async () => {
    const ref = await mailer();
    await ref.stop();
    ref.tell.mail(1);
    const bytes = new ArrayBuffer(8);
    ref.with({ transfer: [bytes] }).tell.mail(bytes);
    await rejection(ref.stream.many(3)[Symbol.asyncIterator]().next());
    await untilCount(3);
    expect((await office.ask.replay()).failed.map(({ why }) => why)).to.deep.equal([
      'there is no actor /mailer',
      'its arguments are not known',
      'a stream needs its subscriber',
    ]);
    expect(await office.ask.count()).to.equal(3);
    await mailer();
    expect((await office.ask.replay()).replayed).to.equal(1);
  });

  it('listens on after a restart of its own', async () => {
    office.tell.letters(null as never);
    const ref = await mailer(true);
    await eventually(
      async () => {
        ref.tell.mail('again');
        return office.ask.count({ to: '/mailer' });
      },
      (count) => count > 0,
    );
  });

  it('refuses props out of their range', async () => {
    for (const keep of [0, -1, 1.5, '1' as never]) {
      const error = await rejection(system.spawn(DeadLetterOffice, { props: { keep } }));
      expect(error).to.be.instanceOf(ActorStartError).with.property('message').match(/keep/);
    }
  });
});
