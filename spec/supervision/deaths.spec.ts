/** Deaths in every way there is: the mailbox, the name and the ref stay; memory and threads are as they were. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  type ActorRef,
  type ActorSystem,
  type DeadLetter,
  type LogEntry,
  SystemStoppedError,
} from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { BORN, DYING, Mortal, StuckAtStart } from '../actors-for-supervision/mortal.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { BALLAST, leavesNothing } from './footprint.js';

describe('the death of an actor', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  let log: LogEntry[];
  let ledger: Ledger;
  beforeEach(async () => {
    ledger = new Ledger();
    ({ system, deadLetters, log } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  const births = () => ledger.entries.filter((entry) => entry === BORN).length;
  const spawn = (settings: object = {}) =>
    system.spawn(Mortal, { name: 'mortal', props: { ledger: ledger.shared, ballast: BALLAST }, ...settings });

  /** The largest records so far are kept room for: in inboxes, and for dead letters. */
  const warmUp = async () => {
    const actor = await spawn({ placement: 'inline' });
    await actor.stop();
    for (let i = 0; i < 3; i++) await weigh(actor);
    await until(() => deadLetters.length === 3);
    deadLetters.length = 0;
  };
  /** In a turn of its own: a chain of staged messages would be kept for the next ones. */
  const weigh = async (actor: ActorRef<Mortal>) => {
    await new Promise((resolve) => setImmediate(resolve));
    actor.tell.weigh(BALLAST);
  };

  interface Way {
    readonly die: (actor: ActorRef<Mortal>) => void;
    readonly settings?: object;
    /** It costs the thread; else a new instance takes over in the same one. */
    readonly thread?: boolean;
    /** The message that it died of is a dead letter: why. */
    readonly letter?: string;
    readonly log: RegExp;
  }
  const ways: Record<string, Way> = {
    'a throw': { die: (a) => a.tell.throwError(), letter: 'failed', log: /thrown/ },
    'a rejection': { die: (a) => a.tell.reject(), letter: 'failed', log: /rejected/ },
    'a throw of a symbol': { die: (a) => a.tell.throwSymbol(), letter: 'failed', log: /Symbol\(thrown\)/ },
    'a throw of a function': { die: (a) => a.tell.throwFunction(), letter: 'failed', log: /\[Function/ },
    'a throw of undefined': { die: (a) => a.tell.throwUndefined(), letter: 'failed', log: /undefined/ },
    'an unhandled rejection': { die: (a) => a.tell.rejectUnheard(), thread: true, log: /unheard/ },
    'an error from a timer': { die: (a) => a.tell.throwFromTimer(), thread: true, log: /from a timer/ },
    'a symbol from a timer': { die: (a) => a.tell.throwSymbolFromTimer(), thread: true, log: /from a timer/ },
    'a function from a timer': {
      die: (a) => a.tell.throwFunctionFromTimer(),
      thread: true,
      log: /Function/,
    },
    'process.exit()': { die: (a) => a.tell.exit(), thread: true, letter: 'in-flight', log: /code 3/ },
    'process.exit() later': { die: (a) => a.tell.exitLater(), thread: true, log: /code 3/ },
    'process.exit(0)': { die: (a) => a.tell.exitWell(), thread: true, letter: 'in-flight', log: /code 0/ },
    'terminate()': { die: (a) => void crash(a), thread: true, log: /code 1/ },
    'a lack of memory': {
      die: (a) => a.tell.eatMemory(),
      settings: { resourceLimits: { maxOldGenerationSizeMb: 24 } },
      thread: true,
      letter: 'in-flight',
      log: /memory/,
    },
    'an endless loop': {
      die: (a) => a.tell.loop(),
      settings: { hangTimeoutMs: 200 },
      thread: true,
      letter: 'in-flight',
      log: /stuck in loop/,
    },
    'an endless loop behind an await': {
      die: (a) => a.tell.loopLater(),
      settings: { hangTimeoutMs: 200 },
      thread: true,
      letter: 'in-flight',
      log: /stuck/,
    },
    'an endless loop from a timer': {
      die: (a) => a.tell.loopFromTimer(),
      settings: { hangTimeoutMs: 200 },
      thread: true,
      log: /stuck/,
    },
  };
  const textOf = (entry: LogEntry): string => {
    const error = entry.fields?.error;
    return `${entry.message} ${error instanceof Error ? error.message : String(error)}`;
  };

  for (const [how, { die, settings, thread = false, letter, log: logged }] of Object.entries(ways)) {
    it(`by ${how}: ${thread ? 'a new thread' : 'a new instance'} takes over; the next is the last, and nothing is left`, async () => {
      const round = async () => {
        const actor = await spawn({ ...settings, supervision: { maxRestarts: 1 } });
        const before = births();
        die(actor);
        await until(() => births() > before);
        expect(system.find(Mortal, '/mortal')).to.equal(actor);
        expect(await actor.ask.hello()).to.equal('hello');
        // An answer may be here before its message is done.
        await until(() => system.metrics().actors.every(({ depth }) => depth === 0));
        const ended = actor.join();
        die(actor);
        for (let i = 0; i < 3; i++) await weigh(actor);
        const { reason, restarts } = await ended;
        expect([reason.kind, restarts]).to.deep.equal(['failed', 1]);
        expect(() => system.find(Mortal, '/mortal')).to.throw(/no actor/);
      };
      await warmUp();
      await leavesNothing(system, round, { rounds: 1 });
      const shown = () => log.filter((entry) => entry.actor === '/mortal').map(textOf);
      await until(() => shown().length >= 2);
      expect(shown().join()).to.match(logged);
      const fatal = () => deadLetters.filter(({ method }) => method !== 'weigh');
      if (letter === undefined) expect(fatal()).to.deep.equal([]);
      else {
        await until(() => fatal().length === 2);
        expect(fatal().map(({ reason }) => reason)).to.deep.equal([letter, letter]);
      }
    });
  }

  for (const restart of ['transient', 'temporary'] as const) {
    for (const placement of ['thread', 'shared'] as const) {
      it(`by process.exit(0) is an end and no failure, for a ${restart} one (${placement})`, async () => {
        const actor = await spawn({ placement, supervision: { restart } });
        const other = await spawn({ placement, name: 'other' });
        const ended = actor.join();
        actor.tell.exitWell();
        expect(await ended).to.deep.include({ reason: { kind: 'stopped' }, restarts: 0 });
        expect(await other.ask.hello()).to.equal('hello');
        expect(system.health().problems).to.deep.equal([]);
      });
    }
  }

  it('by an endless loop behind an await, beside others, is charged to the one that was at something', async () => {
    const placement = 'shared' as const;
    const other = await spawn({
      placement,
      name: 'other',
      hangTimeoutMs: 200,
      supervision: { maxRestarts: 0 },
    });
    const actor = await spawn({ placement, hangTimeoutMs: 200 });
    actor.tell.loopLater();
    await until(() => births() > 2);
    expect(await actor.ask.hello()).to.equal('hello');
    expect(log.map(textOf).join()).to.match(/stuck in loopLater/);
    expect(deadLetters.map(({ reason }) => reason)).to.deep.equal(['in-flight']);
    expect(await other.ask.hello()).to.equal('hello');
    expect((await actor.stop()).restarts).to.equal(1);
  });

  it('does not come by a loop behind an await that another one’s may be, which has no limit', async () => {
    const placement = 'shared' as const;
    const actor = await spawn({ placement, hangTimeoutMs: 200 });
    const limitless = await spawn({ placement, name: 'limitless' });
    actor.tell.holdForEver();
    await until(() => system.metrics().actors[0].handling?.method === 'holdForEver');
    limitless.tell.loopLater();
    const busyMs = () => system.metrics().actors[0].threadBusyMs;
    await until(() => busyMs() > 1000);
    expect(log).to.deep.equal([]);
    await limitless.kill();
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`does not come by many short messages in one turn, whatever its hangTimeoutMs (${placement})`, async () => {
      const actor = await spawn({ placement, hangTimeoutMs: 400 });
      for (let i = 0; i < 120; i++) actor.tell.spin(10);
      expect(await actor.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.hello()).to.equal('hello');
      expect(log).to.deep.equal([]);
      expect(await actor.stop()).to.include({ processed: 121, restarts: 0 });
    });
  }

  describe('inside a native call, which nothing interrupts', () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'troupe-'));
      file = join(folder, 'stay');
      writeFileSync(file, '');
    });
    // At the latest here: a thread that stays inside its call keeps the process from ending.
    const letGo = () => rmSync(folder, { recursive: true, force: true });
    afterEach(letGo);

    it('comes when the call has ended', async () => {
      const actor = await spawn({ hangTimeoutMs: 100 });
      actor.tell.block(file);
      await ledger.has(DYING);
      const answer = actor.ask.hello();
      const stuck = () => log.filter((entry) => /stuck/.test(entry.message));
      await until(() => stuck().length > 0);
      // Others are found out by and by, and this one is not told of again and again.
      const other = await spawn({ name: 'other', hangTimeoutMs: 100 });
      other.tell.loop();
      await until(() => stuck().some(({ actor: path }) => path === '/other'));
      expect(stuck().map(({ message }) => message.split(' for ')[0])).to.deep.equal([
        'has been stuck in block',
        'has been stuck in loop',
      ]);
      letGo();
      expect(await answer).to.equal('hello');
      expect((await actor.stop()).restarts).to.equal(1);
    });

    it('by kill comes when the call has ended', async () => {
      const actor = await spawn();
      actor.tell.block(file);
      await ledger.has(DYING);
      const killed = actor.kill();
      letGo();
      expect((await killed).reason).to.deep.equal({ kind: 'killed' });
    });

    it('and in its onStart: at a shutdown the spawn is given up', async () => {
      const spawning = rejection(system.spawn(StuckAtStart, { props: { ledger: ledger.shared, file } }));
      await ledger.has(DYING);
      const report = await system.shutdown({ timeoutMs: 50 });
      expect(report.unkillable).to.have.length(1);
      expect(await spawning).to.be.instanceOf(SystemStoppedError);
      letGo();
    });

    it('is not waited for at a shutdown: the thread is reported', async () => {
      const actor = await spawn();
      actor.tell.block(file);
      actor.tell.weigh('more');
      await ledger.has(DYING);
      const report = await system.shutdown({ timeoutMs: 50 });
      letGo();
      expect(report.timedOut).to.equal(true);
      expect(report.unkillable).to.deep.equal(['/mortal']);
      expect(report.actors).to.have.length(1);
      expect(report.actors[0]).to.deep.include({
        path: '/mortal',
        reason: { kind: 'timed-out' },
        processed: 0,
        leftover: 2,
      });
    });
  });
});
