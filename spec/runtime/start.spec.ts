/** Starting: props, injection, hooks, modules, and starts that fail. */
import { getEventListeners } from 'node:events';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import {
  ActorModuleMissingError,
  ActorStartError,
  ActorSystem,
  isActorThread,
  MessageNotSerializableError,
  NameTakenError,
  ProvidersNotFoundError,
  StartTimeoutError,
  SystemStoppedError,
} from '../../core/index.js';
import { Counter, Unmarked } from '../actors-for-specs/basics.js';
import Nameless, {
  Asks,
  Constructed,
  Hooked,
  Inside,
  Props,
  StartsNever,
} from '../actors-for-specs/injected.js';
import { disposals } from '../actors-for-specs/providers.js';
import { Hand } from '../contract/support/hand.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection } from '../support/quiet-system.js';

const providers = new URL('../actors-for-specs/providers.js', import.meta.url);

describe('a start', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem({ providers }));
  });
  after(() => system.shutdown({ drain: false }));

  it('gives props from field initialisers on, as a copy, afresh at each restart', async () => {
    const list = [1, 2];
    const props = await system.spawn(Props, { props: { list, at: new Map([['then', new Date(5)]]) } });
    list.push(3);
    expect(await props.ask.first()).to.equal(1);
    expect(await props.ask.at()).to.deep.equal(new Map([['then', new Date(5)]]));
    expect(await props.ask.change()).to.deep.equal([1, 2, 99]);
    props.tell.fail();
    expect(await props.ask.change()).to.deep.equal([1, 2, 99]);
  });

  it('gives shared memory in props by reference, also after a restart', async () => {
    const bytes = new SharedArrayBuffer(4);
    const props = await system.spawn(Props, { props: { list: [], at: new Map(), bytes } });
    await props.ask.write(1);
    expect(new Int32Array(bytes)[0]).to.equal(1);
    props.tell.fail();
    await props.ask.write(2);
    expect(new Int32Array(bytes)[0]).to.equal(2);
  });

  it('refuses props that cannot be copied', async () => {
    const bad = { list: [(() => 1) as unknown as number], at: new Map<string, Date>() };
    expect(await rejection(system.spawn(Props, { props: bad }))).to.be.instanceOf(
      MessageNotSerializableError,
    );
  });

  it('injects by this.inject and by the constructor; a singleton is one per thread', async () => {
    const asks = await system.spawn(Asks);
    expect(await asks.ask.name()).to.equal('provided');
    const constructed = await system.spawn(Constructed, { props: { of: 'me' } });
    const [clock, name, of] = await constructed.ask.both();
    expect([name, of]).to.deep.equal(['provided', 'me']);
    expect(clock).to.not.equal(await asks.ask.clockId());
    const here = await Promise.all([1, 2].map(() => system.spawn(Asks, { placement: 'inline' })));
    expect(await here[0].ask.clockId()).to.equal(await here[1].ask.clockId());
  });

  it('is over after onStart', async () => {
    const [gate, stopped] = [new Gate(), new Gate()];
    let spawned = false;
    const spawning = system
      .spawn(Hooked, { props: { gate: gate.shared, stopped: stopped.shared } })
      .then((ref) => {
        spawned = true;
        return ref;
      });
    await gate.reached();
    expect(spawned).to.equal(false);
    gate.open();
    const hooked = await spawning;
    expect(await hooked.ask.started()).to.equal(true);
    await hooked.stop();
    expect(stopped.arrivals).to.equal(1);
  });

  it('finds an anonymous default export', async () => {
    const nameless = await system.spawn(Nameless);
    expect(await nameless.ask.hello()).to.equal('from nobody');
  });

  it('refuses a class without a mark of its own, and shows both ways', async () => {
    const error = await rejection(system.spawn(Unmarked));
    expect(error).to.be.instanceOf(ActorModuleMissingError);
    expect(error.message)
      .to.match(/static module/)
      .and.match(/@actor/);
  });

  for (const how of ['throws', 'rejects', 'field', 'exits'] as const) {
    it(`that fails (${how}) rejects with the cause, and leaves nothing behind`, async () => {
      const before = system.metrics().actors.length;
      const error = await rejection(system.spawn(StartsNever, { name: 'never', props: { how } }));
      expect(error).to.be.instanceOf(ActorStartError);
      expect(error.cause).to.be.instanceOf(Error);
      if (how === 'rejects' || how === 'throws') expect(error.cause).to.be.instanceOf(RangeError);
      expect(system.metrics().actors.length).to.equal(before);
      // The name is free again.
      const next = await rejection(system.spawn(StartsNever, { name: 'never', props: { how } }));
      expect(next).to.be.instanceOf(ActorStartError);
    });
  }

  it('that takes too long rejects, and leaves nothing behind', async () => {
    const before = system.metrics().actors.length;
    const gate = new Gate();
    const props = { how: 'hangs' as const, gate: gate.shared };
    const error = await rejection(system.spawn(StartsNever, { name: 'slow', props, startTimeoutMs: 300 }));
    expect(error).to.be.instanceOf(StartTimeoutError);
    expect(error.message).to.include('/slow').and.include('300 ms');
    expect(system.metrics().actors.length).to.equal(before);
    const ref = await system.spawn(Counter, { name: 'slow' });
    await ref.stop();
  });

  it('can be given up by a signal', async () => {
    const reason = new Error('no longer wanted');
    const gate = new Gate();
    const leaving = new AbortController();
    const props = { how: 'hangs' as const, gate: gate.shared };
    const spawning = rejection(
      system.spawn(StartsNever, { name: 'unwanted', props, signal: leaving.signal, startTimeoutMs: 3000 }),
    );
    await gate.reached();
    leaving.abort(reason);
    expect(await spawning).to.equal(reason);
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`given up by a signal leaves nothing, its name is free; a pool as well (${placement})`, async () => {
      const reason = new Error('no longer wanted');
      const before = system.metrics().actors.length;
      for (const start of ['spawn', 'pool', 'pool by key'] as const) {
        const [gate, leaving] = [new Gate(), new AbortController()];
        const { signal } = leaving;
        const props = { how: 'hangs' as const, gate: gate.shared };
        const options = { name: 'unwanted', placement, props, signal };
        const pool = start === 'pool' ? { size: 2 } : { size: 2, shardBy: '0' };
        const starting =
          start === 'spawn'
            ? system.spawn(StartsNever, options)
            : system.pool(StartsNever, { ...options, ...pool });
        const given = rejection(starting);
        await gate.reached(start === 'spawn' ? 1 : 2);
        leaving.abort(reason);
        expect(await given, start).to.equal(reason);
        expect(getEventListeners(signal, 'abort')).to.deep.equal([]);
        const next = await system.spawn(Counter, { name: 'unwanted' });
        await next.stop();
        expect(system.metrics().actors.length).to.equal(before);
      }
      const aborted = AbortSignal.abort(reason);
      expect(await rejection(system.pool(Counter, { size: 1, signal: aborted }))).to.equal(reason);
      expect(system.metrics().actors.length).to.equal(before);
    });

    it(`is not undone by a signal that aborts afterwards (${placement})`, async () => {
      const leaving = new AbortController();
      const counter = await system.spawn(Counter, { placement, signal: leaving.signal });
      const pool = await system.pool(Counter, { size: 1, placement, signal: leaving.signal });
      expect(getEventListeners(leaving.signal, 'abort')).to.deep.equal([]);
      leaving.abort();
      expect(await counter.ask.total()).to.equal(0);
      expect(await pool.ask.total()).to.equal(0);
      await Promise.all([counter.stop(), pool.stop()]);
    });
  }

  it('refuses a name that is taken, and takes it when it is free', async () => {
    const first = await system.spawn(Counter, { name: 'one' });
    expect(await rejection(system.spawn(Counter, { name: 'one' }))).to.be.instanceOf(NameTakenError);
    await first.stop();
    const second = await system.spawn(Counter, { name: 'one' });
    expect(second).to.not.equal(first);
    expect(second.id).to.not.equal(first.id);
  });
});

describe('a system', () => {
  it('runs a program and ends after it, with its result', async () => {
    let system: ActorSystem | undefined;
    const total = await ActorSystem.run({ arenaBytes: 1 << 26 }, async (s) => {
      system = s;
      const counter = await s.spawn(Counter, { props: { start: 10 } });
      counter.tell.add(5);
      return await counter.ask.total();
    });
    expect(total).to.equal(15);
    expect(system?.health().state).to.equal('stopped');
    expect(await rejection((system as ActorSystem).spawn(Counter))).to.be.instanceOf(SystemStoppedError);
  });

  it('ends when its program fails, with that error', async () => {
    const failure = new Error('program');
    const running = ActorSystem.run({ arenaBytes: 1 << 26 }, async (s) => {
      await s.spawn(Counter);
      throw failure;
    });
    expect(await rejection(running)).to.equal(failure);
  });

  it('is not started inside of an actor thread: run does nothing there, start says so', async () => {
    expect(isActorThread).to.equal(false);
    const { system } = await quietSystem();
    const inside = await system.spawn(Inside);
    expect(await inside.ask.systems()).to.deep.equal({
      ran: false,
      run: undefined,
      start: 'StartInsideActorThreadError',
      isActorThread: true,
    });
    await system.shutdown();
  });

  it('disposes of what its providers made', async () => {
    const before = disposals.count;
    const { system } = await quietSystem({ providers });
    await system.shutdown();
    expect(disposals.count).to.equal(before + 1);
  });

  for (const how of ['disposable', 'async-disposable', 'both']) {
    it(`disposes of what its providers made when they return an object that can be disposed of (${how})`, async () => {
      const url = new URL(`../actors-for-specs/disposable.js?${how}`, import.meta.url);
      const gate = new Gate();
      Object.assign(globalThis, { troupeSpecDisposed: gate.shared });
      const { system, log } = await quietSystem({ providers: url });
      expect(gate.arrivals).to.equal(0);
      await system.shutdown();
      Reflect.deleteProperty(globalThis, 'troupeSpecDisposed');
      expect(gate.arrivals).to.equal(1);
      expect(log).to.deep.equal([]);
    });
  }

  for (const how of ['ends', 'throws', 'hangs']) {
    it(`disposes in each thread of its actors too, at its end; and ends when a disposer ${how}`, async () => {
      const url = new URL(`../actors-for-specs/disposing.js?${how}`, import.meta.url);
      const { system, log } = await quietSystem({ providers: url, threads: 1 });
      const gate = new Gate();
      for (const placement of ['thread', 'thread', 'shared', 'inline'] as const) {
        await (await system.spawn(Hand, { placement })).ask.shareWithProviders(gate.shared);
      }
      await system.find(Hand, '/Hand-1').stop();
      await gate.reached(1);
      const ended = system.join();
      const { timedOut } = await system.shutdown({ timeoutMs: how === 'hangs' ? 300 : 30_000 });
      expect(gate.arrivals).to.equal(4);
      expect(timedOut).to.equal(how === 'hangs');
      expect((await ended).timedOut).to.equal(timedOut);
      const said = log.map(({ message }) => message);
      if (how === 'ends') expect(said).to.deep.equal([]);
      else if (how === 'hangs') expect(said.join()).to.match(/disposer .* had not ended/);
      else expect(said).to.deep.equal(Array(4).fill('the disposer of the providers failed'));
      Reflect.deleteProperty(globalThis, 'troupeSpecDisposed');
    });
  }

  it('whose providers fail does not start', async () => {
    const missing = new URL('./no-such-file.js', import.meta.url);
    const error = await rejection(ActorSystem.start({ arenaBytes: 1 << 26, providers: missing }));
    expect(error).to.be.instanceOf(ProvidersNotFoundError).with.property('module', missing.href);
    expect(error.message).to.match(/no-such-file.*could not be loaded: .*Give providers the URL/s);
    expect(error.cause).to.have.property('code', 'ERR_MODULE_NOT_FOUND');
    const none = new URL('../support/gate.js', import.meta.url);
    expect((await rejection(ActorSystem.start({ arenaBytes: 1 << 26, providers: none }))).message).to.match(
      /register/,
    );
  });

  it('can be required', () => {
    const require = createRequire(import.meta.url);
    const troupe = require('../../core/index.js') as { ActorSystem: unknown };
    expect(troupe.ActorSystem).to.equal(ActorSystem);
  });
});
