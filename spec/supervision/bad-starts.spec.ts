/** Actors that do not come up: `spawn` rejects, and nothing is left behind. */
import { expect } from 'chai';
import type { ActorClass, ActorSystem, LogEntry } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { BROKEN, type Broken, DiesAsking, Healthy } from '../actors-for-supervision/broken.js';
import { Ledger } from '../actors-for-supervision/ledger.js';
import { counter, Member, NOTE } from '../actors-for-supervision/members.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { BALLAST, leavesNothing } from './footprint.js';

describe('an actor that does not come up', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  let ledger: Ledger;
  let reasons: Ledger;
  beforeEach(async () => {
    ledger = new Ledger();
    reasons = new Ledger();
    ({ system, log } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  /** Fails, under the same name each time, with mail of its own already in its mailbox. */
  const fails = async (type: ActorClass<Broken>, settings: object, check: (error: Error) => void) => {
    const spawning = rejection(
      system.spawn(type, { name: 'broken', props: { ballast: BALLAST }, ...settings }),
    );
    check(await spawning);
    expect(() => system.find(Healthy, '/broken')).to.throw(/no actor/);
  };

  const causes: [string, keyof typeof BROKEN, string][] = [
    ['its constructor throws', 'ThrowsInConstructor', 'no constructor today'],
    ['a field initialiser throws', 'ThrowsInField', 'no field today'],
    ['onStart rejects', 'RejectsInStart', 'no start today'],
    ['onStart rejects when it has a child', 'FailsAsParent', 'no family today'],
    ['its module is not there', 'ModuleMissing', 'is-not-there.js'],
    ['its module throws', 'ModuleThrows', 'no module today'],
    ['its module is no JavaScript', 'ModuleUnreadable', 'Unexpected token'],
    ['its class is not in its module', 'NotInItsModule', 'NotInItsModule'],
  ];
  for (const [why, name, message] of causes) {
    for (const placement of ['thread', 'shared'] as const) {
      it(`since ${why} (${placement})`, async () => {
        const check = (error: Error) => {
          expect(error.name).to.equal('ActorStartError');
          expect(error.message).to.contain('/broken').and.to.contain(message);
          expect(error.cause).to.be.instanceOf(Error);
        };
        const threads = placement === 'shared' || name === 'FailsAsParent' ? 1 : 0;
        await leavesNothing(system, () => fails(BROKEN[name], { placement }, check), {
          threads,
        });
      });
    }
  }

  for (const name of ['NeverUp', 'ModuleNeverLoads'] as const) {
    for (const placement of ['thread', 'shared', 'inline'] as const) {
      if (name === 'ModuleNeverLoads' && placement === 'inline') continue;
      it(`since it takes longer than startTimeoutMs: ${name} (${placement})`, async () => {
        const check = (error: Error) => {
          expect(error.name).to.equal('StartTimeoutError');
          expect(error.message).to.contain('/broken').and.to.contain('30 ms');
        };
        const late = { placement, startTimeoutMs: 30 };
        await leavesNothing(system, () => fails(BROKEN[name], late, check), {
          threads: placement === 'shared' ? 1 : 0,
        });
      });
    }
  }

  for (const placement of ['thread', 'shared'] as const) {
    it(`since its constructor never returns (${placement}): the thread is taken away`, async () => {
      const supervision = { maxRestarts: 0 };
      const neighbour = await system.spawn(Healthy, { placement: 'shared', supervision });
      const type = BROKEN.LoopsInConstructor;
      const stuck = { placement, startTimeoutMs: 200 };
      const round = () => fails(type, stuck, (error) => expect(error.name).to.equal('StartTimeoutError'));
      // Whose fault it was is known: the neighbour is not charged.
      await leavesNothing(system, round, { threads: 1 });
      expect(await neighbour.ask.hello()).to.equal('hello');
    });

    it(`since its thread exits in onStart (${placement})`, async () => {
      const check = (error: Error) => {
        expect(error.name).to.equal('ActorStartError');
        expect(error.cause).to.include({ name: 'ThreadDiedError', exitCode: 4 });
      };
      // A shared thread that has died is started again by the next who needs it.
      await leavesNothing(system, () => fails(BROKEN.ExitsInStart, { placement }, check));
    });
  }

  it('since Node refuses the options of its thread', async () => {
    await leavesNothing(system, () =>
      fails(Healthy, { execArgv: ['--no-such-option'] }, (error) => {
        expect(error.name).to.equal('ActorStartError');
        expect((error.cause as NodeJS.ErrnoException).code).to.equal('ERR_WORKER_INVALID_EXEC_ARGV');
      }),
    );
  });

  it('since its name is taken, or its parent has gone', async () => {
    await system.spawn(Healthy, { name: 'taken', placement: 'inline' });
    const props = { ballast: BALLAST };
    const taken = { name: 'taken', props, placement: 'inline' } as const;
    await leavesNothing(system, async () => {
      expect((await rejection(system.spawn(Healthy, taken))).name).to.equal('NameTakenError');
      expect((await rejection(system.pool(Healthy, { ...taken, size: 2 }))).name).to.equal('NameTakenError');
      const children = [1, 2].map(() => ({ type: Healthy, options: { props } }));
      expect((await rejection(system.supervise({ name: 'taken', children }))).name).to.equal(
        'NameTakenError',
      );
      // The first comes up, the second does not, the third is not even tried.
      const twice = ['a', 'a', 'b'].map((name) => ({
        type: Healthy,
        options: { name, props, placement: 'inline' as const },
      }));
      expect((await rejection(system.supervise({ children: twice }))).name).to.equal('NameTakenError');
    });
  });

  it('since its spawner has died while it asked for it', async () => {
    const spawner = await system.spawn(DiesAsking, { supervision: { maxRestarts: 5 } });
    await rejection(spawner.ask.spawnAndDie(BALLAST));
    const round = () => rejection(spawner.ask.spawnAndDie(BALLAST));
    await leavesNothing(system, round, { threads: 1 });
  });

  it('in a pool, of which one worker fails: the others stop as well', async () => {
    const props = (index: number) => ({ ballast: BALLAST, index });
    await leavesNothing(system, async () => {
      const options = { name: 'pool', size: 3, props, placement: 'inline' } as const;
      const error = await rejection(system.pool(BROKEN.ThrowsInField, options));
      expect(error.name).to.equal('ActorStartError');
    });
  });

  it('since the memory is full: spawn says so, and works again when there is room', async () => {
    await system.shutdown();
    ({ system, log } = await quietSystem({ arenaBytes: 8 << 20 }));
    const hoard = await system.spawn(Healthy, {
      placement: 'inline',
      props: { ballast: 'x'.repeat(1 << 20) },
    });
    const fill = () => system.spawn(Healthy, { placement: 'inline', props: { ballast: BALLAST } });
    let error: unknown;
    const filled: { stop(): Promise<unknown> }[] = [];
    while (error === undefined) {
      try {
        filled.push(await fill());
      } catch (thrown) {
        error = thrown;
      }
    }
    expect((error as Error).name).to.equal('ArenaFullError');
    await hoard.stop();
    filled.push(await fill());
    for (const actor of filled) await actor.stop();
  });

  describe('at a restart', () => {
    const member = (gate: Gate, settings: object = {}) => {
      const props = { number: 0, ledger: ledger.shared, reasons: reasons.shared };
      // The first start is free, the others wait at the gate.
      return system.spawn(Member, {
        name: 'm',
        props: { ...props, free: counter(1), gate: gate.shared },
        ...settings,
      });
    };

    it('is tried again as often as its budget says, each time is logged, and then it ends', async () => {
      const gate = new Gate();
      const actor = await member(gate);
      const ended = actor.join();
      await crash(actor);
      for (let start = 1; start <= 3; start++) {
        await gate.reached(start);
        await crash(actor);
      }
      expect((await ended).restarts).to.equal(3);
      await until(() => log.filter((entry) => entry.actor === '/m' && entry.level === 'error').length === 4);
      await until(() => system.health().problems.length > 0);
      expect(system.health().problems.join()).to.contain('/m');
    });

    it('and takes too long: its thread is replaced, and it is tried again', async () => {
      const gate = new Gate();
      const actor = await member(gate, { startTimeoutMs: 3000 });
      await crash(actor);
      actor.tell.note(1);
      await gate.reached(2);
      gate.open();
      await ledger.has(NOTE + 1);
      const shown = (entry: LogEntry) => String((entry.fields?.error as Error | undefined)?.message);
      expect(log.map(shown).join()).to.contain('3000 ms');
    });
  });
});
