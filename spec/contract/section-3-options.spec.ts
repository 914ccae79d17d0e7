/** Options of `start`, `spawn` and `pool`: that each does what it says, and refuses what it cannot do. */
import { expect } from 'chai';
import { ActorSystem, type SpawnSettings } from '../../core/index.js';
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
    for (const settings of [{ execArgv: ['--no-such-option'] }, { env: 'text' as never }]) {
      const error = await rejection(system.spawn(Hand, { name: 'same', ...settings }));
      expect(error.name).to.equal('ActorStartError');
    }
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
  const actors: [option: string, value: unknown, range: string, settings: object][] = [
    ['mailbox.maxItems', '5', 'from 1 to', { mailbox: { maxItems: '5' } }],
    ['mailbox.maxItems', Number.POSITIVE_INFINITY, 'from 1 to', { mailbox: { maxItems: 1 / 0 } }],
    ['mailbox.maxBytes', 63, 'from 64 to', { mailbox: { maxBytes: 63 } }],
    ['mailbox.maxHeld', 0, 'from 1 to', { mailbox: { maxHeld: 0 } }],
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

  it('threads, warmThreads and arenaBytes of a system', async () => {
    for (const [option, values] of Object.entries({
      threads: [0, 1001, 1.5, nothing],
      warmThreads: [-1, 1001, '1'],
      arenaBytes: [(8 << 20) - 1, 2 ** 32 + 1, '5'],
    })) {
      for (const value of values) {
        const error = await rejection(ActorSystem.start({ [option]: value }));
        expect(error.name).to.equal('OptionOutOfRangeError');
        expect(error.message).to.contain(option).and.contain(String(value));
      }
    }
  });
});
