import {
  setInterval as every,
  scheduler,
  setTimeout as sleep,
  setImmediate as soon,
} from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { lastValueFrom, timer } from 'rxjs';
import {
  ActorStoppedError,
  type ActorSystem,
  AskTimeoutError,
  type DeadLetter,
  type FlowEvent,
  NeverSettledError,
  NotInVirtualTimeError,
  OptionOutOfRangeError,
  ProbeExpectationError,
  StartTimeoutError,
  TestSystemRunningError,
} from '../../core/index.js';
import { crash, TestSystem } from '../../core/testing/index.js';
import { rejection } from '../support/quiet-system.js';
import {
  Chatter,
  Clerk,
  Client,
  Clockwork,
  Moody,
  Sayer,
  Sleeper,
  SlowStarter,
} from './support/clockwork.js';
import { Counter } from './support/shop.js';

const MINUTE = 60_000;

describe('a test system', () => {
  let system: TestSystem;
  beforeEach(async () => {
    system = await TestSystem.start();
  });
  afterEach(() => system.shutdown({ drain: false }));

  describe('runs actors', () => {
    it('in the thread of the test, whatever their placement', async () => {
      const counter = await system.spawn(Counter, { props: { start: 1 }, placement: 'thread' });
      counter.tell.add(5);
      expect(await counter.ask.total()).to.equal(6);
      const items: number[] = [];
      for await (const item of counter.stream.upTo(3)) items.push(item);
      expect(items).to.deep.equal([1, 2, 3]);
      const { reason, processed } = await counter.stop();
      expect({ reason, processed }).to.deep.equal({ reason: { kind: 'stopped' }, processed: 3 });
    });

    it('where a program takes a system', async () => {
      const program = async (any: ActorSystem) =>
        (await any.spawn(Counter, { props: { start: 2 } })).ask.total();
      expect(await program(system)).to.equal(2);
    });

    it('in pools of as many workers on each machine', async () => {
      const pool = await system.pool(Sayer, { props: { to: (await system.createProbe()).ref, word: 'x' } });
      expect(system.metrics().actors.filter(({ path }) => path.startsWith(`${pool.path}/`))).to.have.length(
        4,
      );
    });

    it('and keeps what they log', async () => {
      const moody = await system.spawn(Moody);
      moody.tell.fail();
      await system.settled();
      expect(system.logs.map(({ message, actor }) => ({ message, actor }))).to.deep.equal([
        { message: 'handler failed', actor: '/Moody-1' },
      ]);
    });

    it('and shows what flows, and what nobody handles', async () => {
      const events: FlowEvent[] = [];
      const letters: DeadLetter[] = [];
      system.flow$.subscribe((event) => events.push(event));
      system.deadLetters$.subscribe((letter) => letters.push(letter));
      const counter = await system.spawn(Counter, { props: { start: 1 } });
      await system.settled();
      counter.tell.add(1);
      await system.settled();
      await counter.stop();
      counter.tell.add(1);
      await system.settled();
      expect(events.map(({ kind }) => kind)).to.include.members([
        'started',
        'accepted',
        'handled',
        'stopped',
      ]);
      // Also more at one point of time than a thread may show otherwise.
      const other = await system.spawn(Counter, { props: { start: 1 } });
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 1000; n++) other.tell.add(1);
        await system.settled();
      }
      const handled = events.filter(({ kind, actor }) => kind === 'handled' && actor === other.path);
      expect(handled).to.have.length(3000);
      expect(letters.map(({ method, reason }) => [method, reason])).to.deep.equal([['add', 'stopped']]);
    });
  });

  describe('lets time pass', () => {
    it('for schedules', async () => {
      const clockwork = await system.spawn(Clockwork);
      clockwork.tell.once(2500);
      await system.settled();
      expect(await clockwork.ask.all()).to.deep.equal([]);
      await system.advance(999);
      expect(await clockwork.ask.all()).to.deep.equal([]);
      await system.advance(2001);
      expect(await clockwork.ask.all()).to.deep.equal([
        'tick at 1000',
        'tick at 2000',
        'once at 2500',
        'tick at 3000',
      ]);
      expect(system.nowMs).to.equal(3000);
    });

    it('for RxJS, in actors and in the test', async () => {
      const clockwork = await system.spawn(Clockwork);
      clockwork.tell.search('a');
      await system.advance(200);
      clockwork.tell.search('ab');
      await system.advance(299);
      expect(await clockwork.ask.all()).to.deep.equal([]);
      await system.advance(1);
      expect(await clockwork.ask.all()).to.deep.equal(['ab at 500']);
      const numbers: number[] = [];
      clockwork.stream.countdown().subscribe((n) => numbers.push(n));
      await system.advance(3000);
      expect(numbers).to.deep.equal([2, 1, 0]);
      expect(await system.until(lastValueFrom(timer(MINUTE)))).to.equal(0);
      expect(system.nowMs).to.equal(MINUTE + 3500);
    });

    it('for timers of all kinds', async () => {
      const clockwork = await system.spawn(Clockwork);
      expect(await system.until(clockwork.ask.nap(1234))).to.equal(1234);
      const fired: string[] = [];
      const repeating = setInterval(() => fired.push(`interval ${system.nowMs}`), 100);
      setTimeout((what: string) => fired.push(`${what} ${system.nowMs}`), 150, 'timeout');
      const cleared = setTimeout(() => fired.push('cleared'), 10);
      clearTimeout(cleared);
      const byNumber = setTimeout(() => fired.push('cleared by its number'), 10);
      clearTimeout(Number(byNumber));
      for (const n of [1, 2]) {
        setTimeout(() => {
          fired.push(`timeout ${n}`);
          queueMicrotask(() => fired.push(`and behind it ${n}`));
        }, 20);
      }
      const aborted = AbortSignal.timeout(250);
      await system.advance(200);
      clearInterval(repeating);
      const atOnce = ['timeout 1', 'and behind it 1', 'timeout 2', 'and behind it 2'];
      expect(fired).to.deep.equal([...atOnce, 'interval 1334', 'timeout 1384', 'interval 1434']);
      expect(aborted.aborted).to.equal(false);
      await system.advance(50);
      expect(aborted.reason).to.include({ name: 'TimeoutError' });
      expect(await system.until(sleep(10, 'slept'))).to.equal('slept');
      const controller = new AbortController();
      const sleeping = rejection(sleep(10, undefined, { signal: controller.signal }));
      controller.abort();
      expect(await sleeping).to.include({ name: 'AbortError', code: 'ABORT_ERR' });
      expect(await new Promise((resolve) => setImmediate(resolve, 'at once'))).to.equal('at once');
    });

    it('for promised timers, also those that repeat, and those that are given up', async () => {
      const ticks: number[] = [];
      const controller = new AbortController();
      const ticking = (async () => {
        for await (const value of every(100, 'tick', { signal: controller.signal })) {
          ticks.push(system.nowMs);
          expect(value).to.equal('tick');
        }
      })();
      const ended = rejection(ticking);
      await system.advance(350);
      expect(ticks).to.deep.equal([100, 200, 300]);
      controller.abort();
      expect(await ended).to.include({ name: 'AbortError' });
      await system.advance(350);
      expect(ticks).to.have.length(3);
      const begun = system.nowMs;
      await system.until(scheduler.wait(50));
      expect(system.nowMs - begun).to.equal(50);
      expect(await soon('soon')).to.equal('soon');
      expect(await rejection(sleep(10, 'never', { signal: AbortSignal.abort() }))).to.include({
        code: 'ABORT_ERR',
      });
      expect(await system.until(promisify(setTimeout)(20, 'promised'))).to.equal('promised');
    });

    it('for timers that are set again, and disposed of', async () => {
      const fired: string[] = [];
      const again = setTimeout(() => fired.push('again'), 100);
      await system.advance(60);
      again.refresh();
      await system.advance(60);
      expect(fired).to.deep.equal([]);
      await system.advance(40);
      expect(fired).to.deep.equal(['again']);
      const disposed = setInterval(() => fired.push('disposed'), 10)
        .unref()
        .ref();
      disposed[Symbol.dispose]();
      const cleared = setImmediate(() => fired.push('cleared'));
      clearImmediate(cleared);
      expect(() => setTimeout('text' as never, 1)).to.throw(TypeError);
      await system.advance(20);
      expect(fired).to.deep.equal(['again']);
    });

    it('for asks that nobody answers', async () => {
      const probe = await system.createProbe<{ wallet(): number }>();
      const asked = rejection(probe.ref.ask.wallet());
      await system.advance(4999);
      await probe.expectMessage('wallet');
      await system.advance(1);
      expect(await asked).to.be.instanceOf(AskTimeoutError);
      const late = await rejection(system.until(probe.ref.with({ timeoutMs: 70_000 }).ask.wallet()));
      expect(late).to.be.instanceOf(AskTimeoutError);
      expect(system.nowMs).to.equal(75_000);
    });

    it('for starts and stops that take too long', async () => {
      const late = await rejection(system.until(system.spawn(SlowStarter, { props: 40_000 })));
      expect(late).to.be.instanceOf(StartTimeoutError);
      const begun = system.nowMs;
      const inTime = await system.until(system.spawn(SlowStarter, { props: 20_000 }));
      expect(system.nowMs - begun).to.equal(20_000);
      const clockwork = await system.spawn(Clockwork);
      const napping = rejection(clockwork.with({ timeoutMs: MINUTE }).ask.nap(MINUTE));
      const { reason } = await system.until(clockwork.stop());
      expect(reason).to.deep.equal({ kind: 'timed-out' });
      expect(await napping).to.be.instanceOf(ActorStoppedError);
      expect((await inTime.stop()).reason).to.deep.equal({ kind: 'stopped' });
    });

    it('for restarts with backoff, and their budgets', async () => {
      const supervision = {
        maxRestarts: 2,
        withinMs: 10_000,
        backoff: { minMs: 1000, maxMs: 8000, jitter: 0 },
      };
      const moody = await system.spawn(Moody, { supervision });
      moody.tell.fail();
      await system.advance(999);
      const born = moody.ask.born();
      await system.advance(1);
      expect(await born).to.equal(1000);
      moody.tell.fail();
      expect(await system.until(moody.ask.born())).to.equal(3000);
      // Those two are forgotten by then.
      await system.advance(10_000);
      moody.tell.fail();
      expect(await system.until(moody.ask.born())).to.be.above(13_000);
    });

    it('as far as a promise needs it, and no more than may pass', async () => {
      expect(await system.until(Promise.resolve(7))).to.equal(7);
      await system.spawn(Clockwork);
      const never = new Promise<void>(() => undefined);
      expect(await rejection(system.until(never, { limitMs: 10_000 }))).to.be.instanceOf(
        NotInVirtualTimeError,
      );
      expect(system.nowMs).to.equal(10_000);
    });

    it('from the day that it is given', async () => {
      await system.shutdown();
      system = await TestSystem.start({ startTime: new Date('2024-02-28T23:59:59Z') });
      expect(new Date().toISOString()).to.equal('2024-02-28T23:59:59.000Z');
      await system.advance(1000);
      expect(new Date()).to.be.instanceOf(Date);
      expect(new Date().getUTCDate()).to.equal(29);
      expect(new Date(0).getTime()).to.equal(0);
      expect(performance.timeOrigin + performance.now()).to.equal(Date.now());
    });

    it('for process.hrtime as well', async () => {
      const before = process.hrtime();
      await system.spawn(Clockwork);
      await system.advance(2500);
      expect(process.hrtime(before)).to.deep.equal([2, 500_000_000]);
      expect(process.hrtime.bigint()).to.equal(BigInt(system.nowMs) * 1_000_000n);
    });

    it('and gives the thread its own time back', async () => {
      const { hrtime } = process;
      const virtual = {
        Date,
        setTimeout,
        setImmediate,
        now: performance.now,
        hrtime,
        random: Math.random,
        sleep,
      };
      const real = await system.shutdown().then(() => ({
        Date,
        setTimeout,
        setImmediate,
        now: performance.now,
        hrtime: process.hrtime,
        random: Math.random,
        sleep,
      }));
      for (const key of Object.keys(virtual) as (keyof typeof virtual)[]) {
        expect(real[key], key).not.to.equal(virtual[key]);
      }
      expect(Date.now()).to.be.above(Date.UTC(2025, 0, 1));
      expect(Object.hasOwn(performance, 'now')).to.equal(false);
    });
  });

  describe('has probes', () => {
    it('that fail at once, since nothing more will come', async () => {
      const probe = await system.createProbe();
      const { message } = await rejection(probe.expectMessage('heard'));
      expect(message).to.equal('/Probe-1 expected heard(…), and heard nothing (seed 1)');
      await probe.expectNoMessage();
      expect(system.nowMs).to.equal(0);
    });

    it('that wait in virtual time', async () => {
      const probe = await system.createProbe<{ note(what: string): void }>();
      setTimeout(() => probe.ref.tell.note('late'), MINUTE);
      await probe.with({ timeoutMs: MINUTE - 1 }).expectNoMessage();
      expect(system.nowMs).to.equal(MINUTE - 1);
      await probe.with({ timeoutMs: MINUTE }).expectMessage('note', 'late');
      expect(system.nowMs).to.equal(MINUTE);
      expect(await rejection(probe.with({ timeoutMs: 10 }).expectMessage())).to.be.instanceOf(
        ProbeExpectationError,
      );
      expect(system.nowMs).to.equal(MINUTE + 10);
    });
  });

  describe('lets actors crash', () => {
    it('and brings them back, after a virtual wait', async () => {
      const supervision = { backoff: { minMs: MINUTE, maxMs: MINUTE, jitter: 0 } };
      const counter = await system.spawn(Counter, { props: { start: 3 }, supervision });
      counter.tell.add(1);
      await system.settled();
      await crash(counter);
      const asked = counter.with({ timeoutMs: 2 * MINUTE }).ask.total();
      expect(await system.until(asked)).to.equal(3);
      expect(system.nowMs).to.equal(MINUTE);
    });

    it('until their budget is used up', async () => {
      const probe = await system.createProbe();
      const counter = await system.spawn(Counter, { props: { start: 3 }, supervision: { maxRestarts: 1 } });
      await crash(counter);
      await crash(counter);
      expect(await probe.expectTerminated(counter)).to.include({ kind: 'failed' });
      expect(system.health().problems).to.deep.equal([`${counter.path} has used up its restarts`]);
    });
  });

  it('comes to an end that takes no time, whatever its actors wait for', async () => {
    const clockwork = await system.spawn(Clockwork);
    const napping = rejection(clockwork.ask.nap(3 * MINUTE));
    const { timedOut } = await system.shutdown({ timeoutMs: 1000 });
    expect(timedOut).to.equal(true);
    await napping;
  });

  it('says who is busy when there is no end of it', async () => {
    await system.shutdown();
    system = await TestSystem.start({ maxSteps: 1000 });
    const [a, b] = [await system.spawn(Chatter), await system.spawn(Chatter)];
    let isReached = false;
    setImmediate(() => {
      isReached = true;
    });
    a.tell.chat(b);
    const error = await rejection(system.settled());
    expect(error).to.be.instanceOf(NeverSettledError);
    expect(error.message).to.match(/After 1000 steps .* Busy at the end: \/Chatter-\d/);
    expect(await rejection(system.shutdown())).to.equal(error);
    expect(isReached).to.equal(true);
    system = await TestSystem.start();
  });

  it('is the only one of its thread', async () => {
    expect(await rejection(TestSystem.start())).to.be.instanceOf(TestSystemRunningError);
  });

  it('refuses what is out of range', async () => {
    await system.shutdown();
    for (const options of [
      { seed: -1 },
      { seed: 1.5 },
      { maxSteps: 0 },
      { poolSize: 0 },
      { askTimeoutMs: -1 },
    ]) {
      expect(await rejection(TestSystem.start(options))).to.be.instanceOf(OptionOutOfRangeError);
    }
    expect(await rejection(TestSystem.start({ startTime: Number.NaN }))).to.be.instanceOf(
      OptionOutOfRangeError,
    );
    expect(Date.now()).to.be.above(Date.UTC(2025, 0, 1));
    system = await TestSystem.start();
    expect(() => system.advance(-1)).to.throw(OptionOutOfRangeError);
  });
});

describe('the seed of a test system', () => {
  /** In which order three actors that are told at once come to speak. */
  const orderOf = (seed: number) =>
    TestSystem.run({ seed }, async (system) => {
      const probe = await system.createProbe<{ heard(word: string): void }>();
      const words = ['a', 'b', 'c'];
      const sayers = await Promise.all(
        words.map((word) => system.spawn(Sayer, { props: { to: probe.ref, word } })),
      );
      for (const sayer of sayers) sayer.tell.say();
      const heard = await probe.receiveMessages(3);
      return [...heard.map(({ args }) => args[0]), await sayers[0].ask.dice()].join(' ');
    });

  it('decides the order, and chance: the same seed, the same run', async () => {
    const first = await orderOf(1);
    expect(await orderOf(1)).to.equal(first);
    const runs = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) runs.add(await orderOf(seed));
    expect(runs.size).to.equal(40);
    const orders = new Set([...runs].map((run) => run.slice(0, 5)));
    expect([...orders].sort()).to.deep.equal(['a b c', 'a c b', 'b a c', 'b c a', 'c a b', 'c b a']);
  });

  it('keeps what one says to another in order', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      await TestSystem.run({ seed }, async (system) => {
        const probe = await system.createProbe<{ heard(n: number): void }>();
        for (let n = 0; n < 10; n++) probe.ref.tell.heard(n);
        const heard = await probe.receiveMessages(10);
        expect(heard.map(({ args }) => args[0])).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      });
    }
  });

  it('lets one asker go on before another, whoever was answered first', async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 80; seed++) {
      await TestSystem.run({ seed }, async (system) => {
        const probe = await system.createProbe<{ heard(name: string): void }>();
        const clerk = await system.spawn(Clerk);
        const props = { clerk, to: probe.ref };
        const clients = await Promise.all(['a', 'b'].map((name) => system.spawn(Client, { name, props })));
        for (const client of clients) client.tell.go();
        const heard = await probe.receiveMessages(2);
        const served = (await clerk.ask.served()).join('');
        orders.add(`${served} ${heard.map(({ args }) => args[0]).join('')}`);
      });
    }
    expect([...orders].sort()).to.deep.equal(['ab ab', 'ab ba', 'ba ab', 'ba ba']);
  });

  it('decides whose timer comes first, of those that are due at once; each has its own in order', async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 60; seed++) {
      await TestSystem.run({ seed }, async (system) => {
        const probe = await system.createProbe<{ heard(name: string): void }>();
        const spawn = (name: string) => system.spawn(Sleeper, { name, props: { to: probe.ref } });
        for (const sleeper of [await spawn('a'), await spawn('b')]) sleeper.tell.sleep();
        await system.advance(100);
        const heard = await probe.receiveMessages(4);
        orders.add(heard.map(({ args }) => args[0]).join(' '));
        for (const { args, sender } of heard) expect(args[0]).to.match(new RegExp(`^${sender?.name}`));
      });
    }
    expect([...orders].sort()).to.deep.equal([
      'a1 a2 b1 b2',
      'a1 b1 a2 b2',
      'a1 b1 b2 a2',
      'b1 a1 a2 b2',
      'b1 a1 b2 a2',
      'b1 b2 a1 a2',
    ]);
  });

  it('keeps an answer before the items that follow it', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      await TestSystem.run({ seed }, async (system) => {
        const counter = await system.spawn(Counter, { props: { start: 1 } });
        const came: string[] = [];
        void counter.ask.total().then(() => came.push('answer'));
        counter.stream.upTo(1).subscribe(() => came.push('item'));
        await system.settled();
        expect(came).to.deep.equal(['answer', 'item']);
      });
    }
  });

  it('is told by the error of a test that fails', async () => {
    const failing = (error: unknown) =>
      rejection(
        TestSystem.run({ seed: 7 }, () => {
          throw error;
        }),
      );
    const error = new Error('lost');
    expect(await failing(error)).to.equal(error);
    expect(error.message).to.equal('lost\nTROUPE_SEED=7 plays this run again');
    expect(error.stack).to.include('lost\nTROUPE_SEED=7 plays this run again\n    at ');
    expect((await failing('a text')).message).to.equal(
      'a text was thrown; TROUPE_SEED=7 plays this run again',
    );
    const frozen = await failing(Object.freeze(new Error('cold')));
    expect(frozen.message).to.equal('cold\nTROUPE_SEED=7 plays this run again');
    expect(frozen.cause).to.include({ message: 'cold' });
  });
});
