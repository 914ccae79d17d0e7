/** Cycles of actors that wait for each other: seen, shown, and refused where that is wanted; and nothing else is. */
import { expect } from 'chai';
import {
  type ActorRef,
  type ActorSystem,
  AskCycleError,
  AskTimeoutError,
  type SystemOptions,
} from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { type How, Parent, Waiter, WideWaiter } from '../actors-for-specs/waiting.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

const NEVER = Number.POSITIVE_INFINITY;
/** Long enough that whoever else is to wait does so by then, however busy the machine is. */
const LONG = 2000;

/** How something is started below `/parent`, and what that waits for then. */
const STARTS: readonly [How, ...string[]][] = [
  ['spawn', '/parent/child'],
  ['pool', '/parent/pool', '/parent/pool/0'],
  ['sharded pool', '/parent/pool', '/parent/pool/0'],
  ['supervise', '/parent/group/second'],
];

interface Watched {
  readonly system: ActorSystem;
  readonly cycles: (readonly string[])[];
}

async function watched(options: SystemOptions = {}): Promise<Watched> {
  const { system } = await quietSystem({ threads: 2, ...options });
  const cycles: (readonly string[])[] = [];
  system.flow$.subscribe((event) => {
    if (event.kind === 'wait-cycle') cycles.push(event.cycle);
  });
  return { system, cycles };
}

const causes = (error: unknown): Error & Record<string, unknown> => {
  const { cause } = error as Error;
  return (cause === undefined ? error : causes(cause)) as Error & Record<string, unknown>;
};

for (const placement of ['thread', 'shared', 'inline'] as const) {
  describe(`a cycle of waits (${placement})`, () => {
    let system: ActorSystem;
    let cycles: (readonly string[])[];
    let refs: ActorRef<Waiter>[];
    beforeEach(async () => {
      ({ system, cycles } = await watched());
      refs = await Promise.all(['a', 'b', 'c'].map(spawn));
    });
    afterEach(() => system.shutdown({ drain: false }));

    const spawn = (name: string) => system.spawn(Waiter, { name, placement, props: undefined });

    it('of two stands in the time-out of the ask that closed it', async () => {
      const [a, b] = refs;
      const error = await rejection(a.ask.pass([b, a], 20));
      expect(error).to.be.instanceOf(AskTimeoutError);
      expect(error.cycle).to.deep.equal(['/b', '/a', '/b']);
      expect(error.message).to.include('/b -> /a -> /b');
    });

    it('of three does as well', async () => {
      const [a, b, c] = refs;
      const error = await rejection(a.ask.pass([b, c, a], 20));
      expect(error.cycle).to.deep.equal(['/c', '/a', '/b', '/c']);
    });

    it('stands in the time-out of an ask that was there before it', async () => {
      const [a, b] = refs;
      const [asked, gate] = [new Gate(), new Gate()];
      const other = b.with({ timeoutMs: NEVER }).ask.askWhenOpen(gate.shared, a);
      await gate.reached();
      const first = rejection(a.ask.ask(b, asked.shared, LONG));
      await asked.reached();
      gate.open();
      expect((await first).cycle).to.deep.equal(['/a', '/b', '/a']);
      expect(await other).to.equal('pong');
    });

    it('is a flow event, before any time is up', async () => {
      const [a, b, c] = refs;
      void rejection(a.with({ timeoutMs: NEVER }).ask.pass([b, c, a]));
      await until(() => cycles.length > 0);
      expect(cycles).to.deep.equal([['/c', '/a', '/b', '/c']]);
      await Promise.all(refs.map((ref) => ref.kill()));
    });

    it('over a start that the parent waits for', async () => {
      const parent = await system.spawn(Parent, { name: 'parent', placement, props: undefined });
      // Without a limit of its own, however long threads take to start: that one would have closed no cycle.
      const patient = parent.with({ timeoutMs: NEVER });
      for (const [how, ...way] of STARTS) {
        const child = way.at(-1);
        const error = causes(await rejection(patient.ask.spawnChild(how, placement, 20)));
        expect(error, how).to.be.instanceOf(AskTimeoutError);
        expect(error.cycle, how).to.deep.equal([child, '/parent', ...way]);
      }
      expect(await parent.ask.ping()).to.equal('pong');
    });

    it('over a start that waits for another', async () => {
      const [a] = refs;
      const parent = await system.spawn(Parent, { name: 'parent', placement, props: undefined });
      for (const [how, ...way] of STARTS) {
        if (how === 'sharded pool') continue;
        const error = causes(
          await rejection(parent.with({ timeoutMs: NEVER }).ask.spawnChild(how, placement, 20, a)),
        );
        expect(error.cycle, how).to.deep.equal(['/a', '/parent', ...way, '/a']);
      }
    });

    it('over a start that is waited for in a start', async () => {
      const error = causes(
        await rejection(system.spawn(Parent, { name: 'parent', placement, props: 'on start' })),
      );
      expect(error.cycle).to.deep.equal(['/parent/child', '/parent', '/parent/child']);
    });

    it('over a stop, or a join, that is waited for by whom the other asks', async () => {
      const [a, b, c] = refs;
      for (const [other, wait] of [
        [b, (asked: Gate) => a.ask.stopOther(b, asked.shared)],
        [c, (asked: Gate) => a.with({ timeoutMs: NEVER }).ask.joinOther(c, asked.shared, NEVER)],
      ] as const) {
        const [gate, asked] = [new Gate(), new Gate()];
        const asking = rejection(other.ask.askWhenOpen(gate.shared, a, 20));
        await gate.reached();
        const waiting = wait(asked);
        await asked.reached();
        gate.open();
        expect((await asking).cycle).to.deep.equal([other.path, '/a', other.path]);
        if (other === c) void c.stop();
        expect(await waiting).to.equal('stopped');
      }
    });

    it('over a stop of one that has asked before', async () => {
      const [a, b] = refs;
      const [gate, asked, stopping] = [new Gate(), new Gate(), new Gate()];
      const held = a.ask.hold(gate.shared);
      await gate.reached();
      const stop = a.with({ timeoutMs: NEVER }).ask.stopOther(b, stopping.shared);
      const asking = rejection(b.ask.ask(a, asked.shared, NEVER));
      await asked.reached();
      gate.open();
      await held;
      await until(() => cycles.length > 0);
      expect(cycles).to.deep.equal([['/a', '/b', '/a']]);
      await b.kill();
      await asking;
      expect(await stop).to.equal('killed');
    });

    it('over a stop whose onStop asks', async () => {
      const [a] = refs;
      const asks = await system.spawn(Waiter, { name: 'asks', placement, props: { onStop: a } });
      expect(await a.ask.stopOther(asks, new Gate().shared)).to.equal('stopped');
      const error = (await a.ask.lastHeard()) as AskTimeoutError;
      expect(error).to.be.instanceOf(AskTimeoutError);
      expect(error.cycle).to.deep.equal(['/asks', '/a', '/asks']);
    });

    it('over a stop of the parent of one that asks', async () => {
      const [a, b] = refs;
      const child = await b.ask.spawnWaiter(placement);
      const [gate, asked] = [new Gate(), new Gate()];
      const asking = rejection(child.ask.askWhenOpen(gate.shared, a, 20));
      await gate.reached();
      const stopping = a.ask.stopOther(b, asked.shared);
      await asked.reached();
      gate.open();
      expect((await asking).cycle).to.deep.equal(['/b/child', '/a', '/b', '/b/child']);
      expect(await stopping).to.equal('stopped');
    });

    it('over a stop of the parent of one that has asked before', async () => {
      const [a, b] = refs;
      const child = await b.ask.spawnWaiter(placement);
      const asking = rejection(child.ask.askToStopParent(a, b, new Gate().shared));
      await until(() => cycles.length > 0);
      expect(cycles).to.deep.equal([['/a', '/b', '/b/child', '/a']]);
      await b.kill();
      await asking;
    });

    it('stands in the time-out of a join', async () => {
      const [a, b] = refs;
      const [gate, asked] = [new Gate(), new Gate()];
      const asking = b.ask.askWhenOpen(gate.shared, a);
      await gate.reached();
      const joining = rejection(a.ask.joinOther(b, asked.shared, LONG));
      await asked.reached();
      gate.open();
      expect((await joining).cycle).to.deep.equal(['/a', '/b', '/a']);
      expect(await asking).to.equal('pong');
    });

    it('through one of many asks at once', async () => {
      const [a, b, c] = refs;
      const gate = new Gate();
      // The holder answers one after the other, so all of these wait.
      const many = [...Array.from({ length: 70 }, () => b), c];
      for (const others of [many.slice(-9), many.slice(-60)]) {
        const error = await rejection(a.ask.askAll(others, gate.shared, 20));
        expect(error.cycle, `${others.length}`).to.deep.equal(['/c', '/a', '/c']);
      }
      // More than there is room for are asked all the same.
      expect(await rejection(a.ask.askAll(many, gate.shared, 20))).to.be.instanceOf(AskTimeoutError);
      gate.open();
      expect(await a.ask.ping()).to.equal('pong');
    });

    it('through that handler of several which answers the question', async () => {
      const [a] = refs;
      const wide = await system.spawn(WideWaiter, { name: 'wide', placement, props: undefined });
      const error = await rejection(a.ask.pass([wide, a], 20));
      expect(error.cycle).to.deep.equal(['/wide', '/a', '/wide']);
    });

    it('through the worker of a pool that has the question', async () => {
      const [a] = refs;
      const pool = await system.pool(Waiter, { name: 'pool', placement, size: 2, props: undefined });
      const error = await rejection(a.ask.pass([pool, a], 20));
      const worker = (error.cycle as string[])[0];
      expect(worker).to.match(/^\/pool\/[01]$/);
      expect(error.cycle).to.deep.equal([worker, '/a', worker]);
    });

    it('through a pool all of whose workers wait for it', async () => {
      const pool = await system.pool(Waiter, { name: 'pool', placement, size: 1, props: undefined });
      const error = await rejection(pool.ask.pass([pool], 20));
      expect(error.cycle).to.deep.equal(['/pool/0', '/pool', '/pool/0']);
    });
  });

  describe(`a wait that closes no cycle (${placement})`, () => {
    let system: ActorSystem;
    let cycles: (readonly string[])[];
    let a: ActorRef<Waiter>;
    let b: ActorRef<Waiter>;
    beforeEach(async () => {
      ({ system, cycles } = await watched({ askCycle: 'reject' }));
      [a, b] = await Promise.all(['a', 'b'].map((name) => spawn(name)));
    });
    afterEach(async () => {
      await system.shutdown({ drain: false });
      expect(cycles).to.deep.equal([]);
    });

    const spawn = (name: string, options: object = {}) =>
      system.spawn(Waiter, { name, placement, props: undefined, ...options });

    it('goes through one that takes several messages at once', async () => {
      const wide = await system.spawn(WideWaiter, { placement, props: undefined });
      expect(await wide.ask.pass([a, wide])).to.equal('through');
      // One of its handlers waits for the other, and another one answers that.
      const gate = new Gate();
      const waiting = wide.ask.askWhenOpen(gate.shared, a);
      await gate.reached();
      const held = a.ask.askToHold(wide, gate.shared);
      await gate.reached(2);
      gate.open();
      expect(await waiting).to.equal('pong');
      expect(await held).to.equal('held');
    });

    it('comes after an ask that was answered', async () => {
      for (let i = 0; i < 5; i++) {
        expect(await a.ask.pass([b])).to.equal('through');
        expect(await b.ask.pass([a])).to.equal('through');
      }
    });

    it('meets an ask that its handler did not wait for', async () => {
      const gate = new Gate();
      await a.ask.askAndGo(b, gate.shared);
      await gate.reached();
      gate.open();
      // Behind the one that has asked back.
      expect(await b.ask.ping()).to.equal('pong');
    });

    it('meets a stop that its handler does not wait for', async () => {
      expect(await b.ask.askToDismiss(a)).to.equal('dismissed');
      await b.join();
    });

    it('comes from a child whose start nobody’s handler waits for', async () => {
      const parent = await system.spawn(Parent, { name: 'parent', placement, props: undefined });
      await parent.ask.beginChild(placement);
      await until(() =>
        system.metrics().actors.some((m) => m.path === '/parent/child' && m.state === 'running'),
      );
    });

    it('comes from one that has started, while its parent waits for the next', async () => {
      const parent = await system.spawn(Parent, { name: 'parent', placement, props: undefined });
      const [gate, asked] = [new Gate(), new Gate()];
      const starting = parent.ask.superviseLate(placement, gate.shared);
      await gate.reached();
      const first = system.find(Waiter, '/parent/group/first');
      const asking = first.ask.ask(parent as unknown as ActorRef<Waiter>, asked.shared);
      await asked.reached();
      gate.open();
      await starting;
      expect(await asking).to.equal('pong');
    });

    it('meets one who waits for another worker of the pool', async () => {
      const pool = await system.pool(Waiter, { name: 'pool', placement, size: 2, props: undefined });
      const gate = new Gate();
      const held = a.ask.askToHold(pool, gate.shared);
      await gate.reached();
      const through = pool.ask.pass([a]);
      // The other worker's question is in the mailbox before.
      const asked = new Gate();
      const behind = pool.ask.ask(b, asked.shared);
      gate.open();
      expect(await held).to.equal('held');
      expect(await through).to.equal('through');
      expect(await behind).to.equal('pong');
      expect(await pool.ask.pass([pool])).to.equal('through');
    });
  });

  it(`is refused at the call with askCycle: 'reject' (${placement})`, async () => {
    const { system, cycles } = await watched({ askCycle: 'reject' });
    const refs = await Promise.all(
      ['a', 'b', 'c'].map((name) => system.spawn(Waiter, { name, placement, props: undefined })),
    );
    const [a, b, c] = refs;
    const error = await rejection(a.ask.pass([b, c, a]));
    expect(error).to.be.instanceOf(AskCycleError);
    expect(error.cycle).to.deep.equal(['/c', '/a', '/b', '/c']);
    await until(() => cycles.length > 0);
    expect(cycles).to.deep.equal([['/c', '/a', '/b', '/c']]);
    const parent = await system.spawn(Parent, { name: 'parent', placement, props: undefined });
    expect(causes(await rejection(parent.ask.spawnChild('spawn', placement, NEVER)))).to.be.instanceOf(
      AskCycleError,
    );
    await system.shutdown({ drain: false });
  });

  it(`is seen by one of two that ask each other at the same instant (${placement})`, async () => {
    const { system } = await watched({ askCycle: 'reject' });
    const [a, b] = await Promise.all(
      ['a', 'b'].map((name) => system.spawn(Waiter, { name, placement, props: undefined })),
    );
    for (let round = 0; round < 40; round++) {
      const gate = new Gate();
      const asks = [a.ask.askWhenOpen(gate.shared, b), b.ask.askWhenOpen(gate.shared, a)].map((asked) =>
        asked.then(
          () => undefined,
          (error: Error) => error,
        ),
      );
      await gate.reached(2);
      gate.open();
      const errors = (await Promise.all(asks)).filter((error) => error !== undefined);
      for (const error of errors) expect(error).to.be.instanceOf(AskCycleError);
      expect(errors).to.have.length.within(1, 2);
    }
    await system.shutdown({ drain: false });
  });
}

it('a cycle of waits stands in the time-out of one of many asks that was there before it', async () => {
  const { system, cycles } = await watched();
  const [a, b] = await Promise.all(
    ['a', 'b'].map((name) => system.spawn(Waiter, { name, props: undefined })),
  );
  const gate = new Gate();
  const asking = rejection(a.ask.askManyBack(b, gate.shared, LONG));
  await gate.reached();
  gate.open();
  expect((await asking).cycle).to.deep.equal(['/a', '/b', '/a']);
  expect(cycles[0]).to.deep.equal(['/b', '/a', '/b']);
  await system.shutdown({ drain: false });
});

describe('a wait that was over', () => {
  let system: ActorSystem;
  let cycles: (readonly string[])[];
  beforeEach(async () => {
    ({ system, cycles } = await watched({ askCycle: 'reject' }));
  });
  afterEach(async () => {
    await system.shutdown({ drain: false });
    expect(cycles).to.deep.equal([]);
  });

  const spawn = (name: string, options: object = {}) =>
    system.spawn(Waiter, { name, props: undefined, ...options });

  it('when the answer was sent closes no cycle, though it has not been read', async () => {
    const [a, b] = [await spawn('a'), await spawn('b')];
    const gate = new Gate();
    const blocked = a.ask.askAndBlock(b, gate.shared);
    await gate.reached();
    const asked = new Gate();
    const asking = b.ask.ask(a, asked.shared);
    await asked.reached();
    gate.open();
    expect(await asking).to.equal('pong');
    expect(await blocked).to.equal('pong');
  });

  it('when the answers of many questions were sent closes no cycle', async () => {
    const [a, b] = [await spawn('a'), await spawn('b')];
    const [held, gate, asked] = [new Gate(), new Gate(), new Gate()];
    held.open();
    const blocked = a.ask.askManyAndBlock(b, held.shared, gate.shared);
    await gate.reached();
    const asking = b.ask.ask(a, asked.shared);
    await asked.reached();
    gate.open();
    expect(await asking).to.equal('pong');
    expect(await blocked).to.equal(6);
  });

  it('when the latest of many was given up, and the answers of the others were sent, closes no cycle', async () => {
    const [a, b] = [await spawn('a'), await spawn('b')];
    const [held, gate, asked] = [new Gate(), new Gate(), new Gate()];
    const blocked = a.ask.askManyAndBlock(b, held.shared, gate.shared, 20);
    await gate.reached();
    const asking = b.ask.ask(a, asked.shared);
    held.open();
    await asked.reached();
    gate.open();
    expect(await asking).to.equal('pong');
    expect(await blocked).to.equal(6);
  });

  it('when its thread had died closes no cycle', async () => {
    const a = await spawn('a', { supervision: { backoff: { minMs: 300, maxMs: 300 } } });
    const b = await spawn('b');
    const gate = new Gate();
    const lost = rejection(a.ask.askBack(b, gate.shared));
    await gate.reached();
    await crash(a);
    await lost;
    gate.open();
    // Behind the one that has asked back.
    expect(await b.ask.ping()).to.equal('pong');
  });
});
