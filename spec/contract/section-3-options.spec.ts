/** Options of `start`, `spawn` and `pool`: that each does what it says, and refuses what it cannot do. */
import { expect } from 'chai';
import { ActorSystem, child, type SpawnSettings } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Hand } from './support/hand.js';

describe('options of an actor’s thread', () => {
  let system: ActorSystem;
  afterEach(() => system.shutdown({ drain: false }));

  const surroundings = async (settings: SpawnSettings = {}) =>
    (await system.spawn(Hand, settings)).ask.surroundings();

  it('are the spawner’s own unless told otherwise', async () => {
    ({ system } = await quietSystem());
    const { env, home, argv } = await surroundings();
    expect({ env, home, argv }).to.deep.equal({ env: undefined, home: true, argv: process.execArgv });
  });

  it('may be given for all', async () => {
    ({ system } = await quietSystem({
      threads: 1,
      env: { TROUPE_SPEC: 'system' },
      execArgv: ['--no-warnings'],
      resourceLimits: { maxOldGenerationSizeMb: 90 },
    }));
    for (const placement of ['thread', 'shared'] as const) {
      expect(await surroundings({ placement })).to.deep.equal({
        env: 'system',
        home: false,
        argv: ['--no-warnings'],
        limit: 90,
      });
    }
  });

  it('may be given for one, each by itself; a restart in a new thread has them again', async () => {
    ({ system } = await quietSystem({
      warmThreads: 1,
      env: { TROUPE_SPEC: 'system' },
      execArgv: ['--no-warnings'],
    }));
    const own = await system.spawn(Hand, { env: { TROUPE_SPEC: 'own' } });
    const expected = { env: 'own', home: false, argv: ['--no-warnings'] };
    expect(await own.ask.surroundings()).to.deep.include(expected);
    const thread = await own.ask.thread();
    own.tell.exit();
    expect(await own.ask.surroundings()).to.deep.include(expected);
    expect(await own.ask.thread()).to.not.equal(thread);
    const other = { execArgv: ['--no-deprecation'], resourceLimits: { maxOldGenerationSizeMb: 70 } };
    expect(await surroundings(other)).to.deep.equal({
      env: 'system',
      home: false,
      argv: ['--no-deprecation'],
      limit: 70,
    });
  });

  it('warmThreads keeps so many ready, and fills up what was taken', async () => {
    ({ system } = await quietSystem({ warmThreads: 2 }));
    await until(() => system.metrics().threads === 3);
    await system.spawn(Hand);
    await until(() => system.metrics().threads === 4);
    await system.spawn(Hand, { placement: 'inline' });
    expect(system.metrics().threads).to.equal(4);
  });

  it('workerUrl names the thread’s entry', async () => {
    const real = new URL('../../core/runtime/worker-main.js', import.meta.url);
    ({ system } = await quietSystem({ workerUrl: real }));
    expect(await (await system.spawn(Hand)).ask.count()).to.equal(0);
    await system.shutdown();
    ({ system } = await quietSystem({ workerUrl: new URL('./no-such-entry.js', import.meta.url) }));
    expect((await rejection(system.spawn(Hand))).message).to.contain('no-such-entry.js');
  });

  it('a thread that cannot be made is a failed start, and leaves no name behind', async () => {
    ({ system } = await quietSystem());
    const error = await rejection(system.spawn(Hand, { name: 'same', execArgv: ['--no-such-option'] }));
    expect(error.name).to.equal('ActorStartError');
    expect((await system.spawn(Hand, { name: 'same' })).path).to.equal('/same');
  });

  it('askTimeoutMs: the call’s, else the actor’s, else the system’s', async () => {
    ({ system } = await quietSystem({ askTimeoutMs: 11 }));
    const gate = new Gate();
    const limitOf = async (ask: Promise<unknown>) => (await rejection(ask)).timeoutMs;
    const ofSystem = await system.spawn(Hand);
    const ofActor = await system.spawn(Hand, { askTimeoutMs: 12 });
    const ofPool = await system.pool(Hand, { size: 1, askTimeoutMs: 13 });
    expect(await limitOf(ofSystem.ask.hold(gate.shared))).to.equal(11);
    expect(await limitOf(ofActor.ask.hold(gate.shared))).to.equal(12);
    expect(await limitOf(ofPool.ask.hold(gate.shared))).to.equal(13);
    expect(await limitOf(ofActor.with({ timeoutMs: 14 }).ask.hold(gate.shared))).to.equal(14);
    gate.open();
  });
});

describe('options that are out of their range', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  const nothing = Number.NaN;
  const NO_WAIT = { minMs: 0, maxMs: 0 };
  const actors: [option: string, value: unknown, range: string, settings: object][] = [
    ['mailbox.maxItems', '5', 'from 1 to', { mailbox: { maxItems: '5' } }],
    ['mailbox.maxItems', Number.POSITIVE_INFINITY, 'from 1 to', { mailbox: { maxItems: 1 / 0 } }],
    ['mailbox.maxBytes', 63, 'from 64 to', { mailbox: { maxBytes: 63 } }],
    ['mailbox.maxHeld', 0, 'from 1 to', { mailbox: { maxHeld: 0 } }],
    ['mailbox.overflow', 'drop', "'drop-newest' or 'drop-oldest'", { mailbox: { overflow: 'drop' } }],
    ['mailbox.blackBox', 1001, 'from 0 to 1000', { mailbox: { blackBox: 1001 } }],
    ['placement', null, "'thread', 'shared' or 'inline'", { placement: null }],
    ['startTimeoutMs', null, 'milliseconds', { startTimeoutMs: null }],
    ['startTimeoutMs', nothing, 'milliseconds', { startTimeoutMs: nothing }],
    ['stopTimeoutMs', nothing, 'milliseconds', { stopTimeoutMs: nothing }],
    ['hangTimeoutMs', nothing, 'milliseconds', { hangTimeoutMs: nothing }],
    ['askTimeoutMs', '5', 'milliseconds', { askTimeoutMs: '5' }],
    ['supervision.maxRestarts', 1.5, 'from 0 to', { supervision: { maxRestarts: 1.5 } }],
    ['supervision.maxAttempts', '2', 'from 1 to', { supervision: { maxAttempts: '2' } }],
    ['supervision.backoff.maxMs', -1, 'milliseconds', { supervision: { backoff: { minMs: 1, maxMs: -1 } } }],
    ['name', 'x'.repeat(201), '1 to 200', { name: 'x'.repeat(201) }],
    ['name', 5, '1 to 200', { name: 5 }],
    ['name', null, '1 to 200', { name: null }],
    ['mailbox', null, 'object', { mailbox: null }],
    ['mailbox', 5, 'object', { mailbox: 5 }],
    ['supervision', null, 'object', { supervision: null }],
    ['supervision', 5, 'object', { supervision: 5 }],
    ['supervision.backoff', 5, 'minMs, maxMs', { supervision: { backoff: 5 } }],
    ['supervision.backoff', null, 'minMs, maxMs', { supervision: { backoff: null } }],
    ['supervision.backoff.minMs', undefined, 'milliseconds', { supervision: { backoff: {} } }],
    ['supervision.backoff.maxMs', undefined, 'milliseconds', { supervision: { backoff: { minMs: 1 } } }],
    [
      'supervision.backoff.jitter',
      '1',
      'from 0 to 1',
      { supervision: { backoff: { ...NO_WAIT, jitter: '1' } } },
    ],
    ['execArgv', '--no-warnings', 'array of texts', { execArgv: '--no-warnings' }],
    ['execArgv', 5, 'array of texts', { execArgv: [5] }],
    ['env', 5, 'object of texts', { env: 5 }],
    ['env', 80, 'object of texts', { env: { PORT: 80 } }],
    ['resourceLimits', 5, 'object of numbers', { resourceLimits: 5 }],
    ['resourceLimits.stackSizeMb', '4', 'above 0', { resourceLimits: { stackSizeMb: '4' } }],
    ['signal', 5, 'AbortSignal', { signal: 5 }],
  ];
  for (const [option, value, range, settings] of actors) {
    it(`${option} of ${typeof value} ${String(value).slice(0, 20)}: the error names option, value and range`, async () => {
      for (const start of [system.spawn(Hand, settings), system.pool(Hand, { size: 1, ...settings })]) {
        const error = await rejection(start);
        expect(error.name).to.equal('OptionOutOfRangeError');
        expect(error.message).to.contain(option).and.contain(String(value).slice(0, 20)).and.contain(range);
      }
    });
  }

  for (const shardBy of [5, '', null, 'key', '0..key']) {
    it(`shardBy ${String(shardBy)} of a pool`, async () => {
      const error = await rejection(system.pool(Hand, { size: 1, shardBy: shardBy as string }));
      expect(error.name).to.equal('OptionOutOfRangeError');
      expect(error.message).to.contain('shardBy').and.contain(String(shardBy)).and.contain("'0.customerId'");
    });
  }

  const groups: [option: string, settings: object][] = [
    ['name', { name: 5 }],
    ['name', { name: 'a/b' }],
    ['supervision', { supervision: 5 }],
    ['supervision.withinMs', { supervision: { withinMs: '1' } }],
    ['strategy', { strategy: 'none' }],
    ['children', { children: 5 }],
    ['children', { children: [null] }],
    ['supervision', { children: [child(Hand, { supervision: 5 as never })] }],
  ];
  for (const [option, settings] of groups) {
    it(`${option} of a group: ${JSON.stringify(settings).slice(0, 40)}`, async () => {
      const error = await rejection(system.supervise({ children: [], ...settings }));
      expect(error.name).to.equal('OptionOutOfRangeError');
      expect(error.message).to.contain(`The option ${option} is`);
    });
  }

  it('no object where options belong, in every call that takes them', async () => {
    const hand = await system.spawn(Hand, { placement: 'inline' });
    for (const wrong of [null, 5, 'text', []]) {
      const calls: Record<string, Promise<unknown>> = {
        spawn: system.spawn(Hand, wrong as never),
        pool: system.pool(Hand, wrong as never),
        supervise: system.supervise(wrong as never),
        stop: hand.stop(wrong as never),
        join: hand.join(wrong as never),
        drained: hand.drained(wrong as never),
        'ActorSystem.start': ActorSystem.start(wrong as never),
      };
      for (const [call, made] of Object.entries(calls)) {
        const error = await rejection(made);
        expect(error.name, call).to.equal('WrongArgumentError');
        expect(error.message).to.contain(`${call} was given`).and.contain('an object of options');
      }
    }
    expect(await hand.ask.count()).to.equal(0);
  });

  for (const timeoutMs of [nothing, -1, '5', null]) {
    it(`timeoutMs ${String(timeoutMs)} of stop, which does not begin, and of join`, async () => {
      const hand = await system.spawn(Hand, { placement: 'inline' });
      for (const call of ['stop', 'join', 'drained'] as const) {
        const error = await rejection(hand[call]({ timeoutMs: timeoutMs as number }));
        expect(error.name).to.equal('OptionOutOfRangeError');
        expect(error.message)
          .to.contain('timeoutMs')
          .and.contain(String(timeoutMs))
          .and.contain('or Infinity');
      }
      expect(await hand.ask.count()).to.equal(0);
    });
  }

  for (const size of [0, 1.5, -1, 1001, '2', Number.POSITIVE_INFINITY]) {
    it(`size ${String(size)} of a pool`, async () => {
      const error = await rejection(system.pool(Hand, { size: size as number }));
      expect(error.message).to.contain('size').and.contain(String(size)).and.contain('1 to 1000');
    });
  }

  for (const timeoutMs of [nothing, -1, '5']) {
    it(`timeoutMs ${String(timeoutMs)} of a shutdown, which does not begin`, () => {
      expect(() => system.shutdown({ timeoutMs: timeoutMs as number })).to.throw(/timeoutMs/);
      expect(system.health().state).to.equal('running');
    });
  }

  it('drain of a shutdown, and no object where its options belong: it does not begin', () => {
    expect(() => system.shutdown({ drain: 'no' as never })).to.throw(/The option drain is 'no'/);
    for (const wrong of [null, 5, []]) {
      expect(() => system.shutdown(wrong as never)).to.throw(/shutdown was given .* an object of options/);
    }
    expect(system.health().state).to.equal('running');
  });

  it('all options of a system', async () => {
    for (const [option, values] of Object.entries({
      threads: [0, 1001, 1.5, nothing],
      warmThreads: [-1, 1001, '1'],
      arenaBytes: [(8 << 20) - 1, 2 ** 32 + 1, '5'],
      name: [5, null],
      askCycle: ['never', 5, null],
      signals: [1, 'SIGINT', null],
      preload: ['tsx', 5, [5], ['']],
      providers: [5, '', null],
      workerUrl: [5, '', 'worker.js'],
      logger: [5, 'console', null],
      execArgv: ['--no-warnings'],
      env: [5],
      resourceLimits: [5],
    })) {
      for (const value of values) {
        const error = await rejection(ActorSystem.start({ [option]: value }));
        expect(error.name).to.equal('OptionOutOfRangeError');
        expect(error.message).to.contain(option).and.contain(String(value));
      }
    }
  });
});
