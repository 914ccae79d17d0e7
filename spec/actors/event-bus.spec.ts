import { expect } from 'chai';
import { EventBus, type EventBusProps, type Subscription } from '../../actors/index.js';
import {
  type ActorRef,
  ActorStartError,
  type ActorSystem,
  type DeadLetter,
  type LogEntry,
  WrongArgumentError,
} from '../../core/index.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Gated, Listener } from './support/listener.js';

describe('EventBus', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  beforeEach(async () => {
    ({ system, log } = await quietSystem());
  });
  afterEach(() => system.shutdown({ drain: false }));

  const busOf = (props?: EventBusProps): Promise<ActorRef<EventBus>> =>
    system.spawn(EventBus, { name: 'bus', props, supervision: { onError: 'resume' } });

  it('tells event and topic to those who subscribed to it, and to nobody else', async () => {
    const [bus, one, two] = await Promise.all([busOf(), system.spawn(Listener), system.spawn(Listener)]);
    await bus.ask.subscribe('orders.placed', one, 'hear');
    await bus.ask.subscribe('orders.paid', two, 'hear');
    expect(await bus.ask.publish('orders.placed', { id: 1 })).to.equal(1);
    expect(await bus.ask.publish('orders.cancelled', { id: 1 })).to.equal(0);
    bus.tell.publish('orders.paid', { id: 2 });
    expect(await one.ask.until(1)).to.deep.equal([[{ id: 1 }, 'orders.placed']]);
    expect(await two.ask.until(1)).to.deep.equal([[{ id: 2 }, 'orders.paid']]);
    expect(await one.ask.heard()).to.have.length(1);
  });

  it('keeps the order of one publisher', async () => {
    const [bus, one] = await Promise.all([busOf(), system.spawn(Listener)]);
    await bus.ask.subscribe('n', one, 'hear');
    for (let n = 0; n < 2000; n++) bus.tell.publish('n', n);
    const heard = await one.ask.until(2000);
    expect(heard.map(([n]) => n)).to.deep.equal(Array.from({ length: 2000 }, (_, n) => n));
  });

  it('knows * for one word and ** for the rest, and tells a method once', async () => {
    const [bus, one] = await Promise.all([busOf(), system.spawn(Listener)]);
    for (const pattern of ['a.*', 'a.**', 'a.b', 'a.b']) await bus.ask.subscribe(pattern, one, 'hear');
    await bus.ask.subscribe('a.*', one, 'other');
    expect(await bus.ask.publish('a.b', 1)).to.equal(2);
    expect(await bus.ask.publish('a.b.c', 2)).to.equal(1);
    expect(await bus.ask.publish('b', 3)).to.equal(0);
    expect(await one.ask.until(3)).to.have.deep.members([
      [1, 'a.b'],
      ['other', 1, 'a.b'],
      [2, 'a.b.c'],
    ]);
    expect(await bus.ask.subscriptions()).to.have.length(4);
  });

  it('ends one subscription, or all of a subscriber', async () => {
    const [bus, one] = await Promise.all([busOf(), system.spawn(Listener)]);
    for (const pattern of ['a', 'b', 'b.*']) await bus.ask.subscribe(pattern, one, 'hear');
    expect(await bus.ask.unsubscribe(one, 'a')).to.equal(1);
    expect(await bus.ask.publish('a')).to.equal(0);
    expect(await bus.ask.publish('b')).to.equal(1);
    expect(await bus.ask.unsubscribe(one)).to.equal(2);
    expect(await bus.ask.unsubscribe(one)).to.equal(0);
    expect(await bus.ask.subscriptions()).to.deep.equal([]);
  });

  it('drops a subscriber that has ended, before or after', async () => {
    const [bus, one, two] = await Promise.all([busOf(), system.spawn(Listener), system.spawn(Listener)]);
    await bus.ask.subscribe('a', one, 'hear');
    await bus.ask.subscribe('a.*', one, 'hear');
    await bus.ask.subscribe('a', two, 'hear');
    await one.kill();
    await eventually(bus.ask.subscriptions, (all) => all.length === 1);
    await bus.ask.subscribe('a', one, 'hear');
    await eventually(bus.ask.subscriptions, (all) => all.length === 1);
    expect(await bus.ask.publish('a', 1)).to.equal(1);
    expect(await two.ask.until(1)).to.deep.equal([[1, 'a']]);
  });

  it('lets a slow subscriber harm nobody: it misses events past maxBehind, until it has caught up', async () => {
    const gate = new Gate();
    const [bus, quick, slow] = await Promise.all([
      busOf({ maxBehind: 5 }),
      system.spawn(Listener),
      system.spawn(Gated, { props: { gate: gate.shared }, mailbox: { maxItems: 2 } }),
    ]);
    await bus.ask.subscribe('a', slow, 'hear');
    await bus.ask.subscribe('a', quick, 'hear');
    for (let n = 0; n < 500; n++) bus.tell.publish('a', n);
    expect(await quick.ask.until(500)).to.have.length(500);
    const ofSlow = (all: Subscription[]) => all.find(({ subscriber }) => subscriber === slow.path);
    const { dropped = 0 } = ofSlow(await bus.ask.subscriptions()) ?? {};
    expect(dropped).to.be.greaterThan(400);
    expect(log.filter(({ message }) => message.includes('5 events behind'))).to.have.length(1);

    gate.open();
    const before = await eventually(slow.ask.heard, (heard) => heard === 500 - dropped);
    await eventually(
      async () => {
        await bus.ask.publish('a', 'again');
        return slow.ask.heard();
      },
      (heard) => heard > before,
    );
  });

  it('lets an event that one mailbox cannot hold reach the others', async () => {
    const [bus, small, large] = await Promise.all([
      busOf(),
      system.spawn(Listener, { mailbox: { maxBytes: 1000 } }),
      system.spawn(Listener),
    ]);
    await bus.ask.subscribe('a', small, 'hear');
    await bus.ask.subscribe('a', large, 'hear');
    expect(await bus.ask.publish('a', 'x'.repeat(10_000))).to.equal(1);
    expect(await large.ask.until(1)).to.have.length(1);
    expect((await bus.ask.subscriptions()).map(({ dropped }) => dropped)).to.deep.equal([1, 0]);
  });

  it('turns an event for a method that the subscriber lacks into a dead letter', async () => {
    const [bus, one] = await Promise.all([busOf(), system.spawn(Listener)]);
    const letter = new Promise<DeadLetter>((resolve) => system.deadLetters$.subscribe(resolve));
    await bus.ask.subscribe('a', one, 'noSuch');
    bus.tell.publish('a', 1);
    expect(await letter).to.include({
      reason: 'unknown-method',
      method: 'noSuch',
      to: one.path,
      from: bus.path,
    });
  });

  it('refuses nonsense, and goes on', async () => {
    const [bus, one] = await Promise.all([busOf(), system.spawn(Listener)]);
    await bus.ask.subscribe('a', one, 'hear');
    for (const pattern of ['', 'a*', '**.a', 7 as never]) {
      expect(await rejection(bus.ask.subscribe(pattern, one, 'hear'))).to.be.instanceOf(TypeError);
    }
    expect(await rejection(bus.ask.subscribe('b', {} as never, 'hear'))).to.be.instanceOf(WrongArgumentError);
    expect(await rejection(bus.ask.subscribe('b', one, ''))).to.be.instanceOf(TypeError);
    for (const topic of ['', 'a.*', 7 as never]) expect(await bus.ask.publish(topic, 1)).to.equal(0);
    expect(await bus.ask.unsubscribe({} as never)).to.equal(0);
    bus.tell.subscribe('a*', one, 'hear');
    expect(await bus.ask.publish('a', 'still here')).to.equal(1);
  });

  it('refuses props out of their range', async () => {
    for (const maxBehind of [0, 1.5, -1, '5' as never]) {
      expect(await rejection(busOf({ maxBehind })))
        .to.be.instanceOf(ActorStartError)
        .with.property('message')
        .match(/maxBehind/);
    }
  });

  it('stops behind what was published', async () => {
    const [bus, one] = await Promise.all([busOf(), system.spawn(Listener)]);
    await bus.ask.subscribe('a', one, 'hear');
    for (let n = 0; n < 100; n++) bus.tell.publish('a', n);
    await bus.stop();
    expect(await one.ask.until(100)).to.have.length(100);
  });
});
