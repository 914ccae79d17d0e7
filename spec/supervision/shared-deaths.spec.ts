/** A shared thread's death takes many actors: all come back, each with its own mail, and only one is to blame. */
import { expect } from 'chai';
import type { ActorSystem, DeadLetter } from '../../core/index.js';
import { Hand } from '../contract/support/hand.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';
import { Fatal } from './support/fatal.js';

const ACTORS = 50;
const MAIL = 20;

describe('the death of a shared thread', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  const sum = (words: Int32Array, n: number) => Atomics.load(words, n);

  for (const inFlight of ['skip', 'retry'] as const) {
    it(`brings all its actors back, each with its mail; what they were handling counts as in flight (${inFlight})`, async () => {
      const gate = new Gate();
      const counts = new SharedArrayBuffer(4 * ACTORS);
      const supervision = { inFlight, maxRestarts: 0 };
      const actors = await Promise.all(
        Array.from({ length: ACTORS }, (_, number) =>
          system.spawn(Fatal, {
            name: `a${number}`,
            placement: 'shared',
            props: { number, counts },
            supervision,
          }),
        ),
      );
      const guilty = await system.spawn(Hand, { placement: 'shared', supervision: { maxRestarts: 1 } });
      // Every second one is in the midst of something, behind which the others wait.
      for (const [number, actor] of actors.entries()) if (number % 2 === 0) actor.tell.countAt(gate.shared);
      await gate.reached(ACTORS / 2);
      for (const actor of actors) for (let n = 0; n < MAIL; n++) actor.tell.count();
      guilty.tell.exit();
      expect(await guilty.ask.count()).to.equal(0);
      gate.open();
      const words = new Int32Array(counts);
      const inHand = (number: number) => (number % 2 === 0 && inFlight === 'retry' ? 1 : 0);
      await until(() => actors.every((_, number) => sum(words, number) >= MAIL + inHand(number)));
      for (const actor of actors) await actor.ask.hello();
      for (const number of actors.keys()) expect(sum(words, number)).to.equal(MAIL + inHand(number));
      const given = deadLetters.filter(({ reason }) => reason === 'in-flight').map(({ method }) => method);
      const skipped = inFlight === 'skip' ? Array(ACTORS / 2).fill('countAt') : [];
      expect(given.filter((method) => method === 'countAt')).to.deep.equal(skipped);
      expect(deadLetters.filter(({ reason }) => reason !== 'in-flight')).to.deep.equal([]);
    });
  }

  it('makes a message that kills it again and again poison, and takes none of the others for that', async () => {
    const counts = new SharedArrayBuffer(8);
    const supervision = { inFlight: 'retry', maxAttempts: 3, maxRestarts: 9 } as const;
    const [first, second] = await Promise.all(
      [0, 1].map((number) =>
        system.spawn(Fatal, { placement: 'shared', props: { number, counts }, supervision }),
      ),
    );
    second.tell.count();
    first.tell.die();
    first.tell.count();
    second.tell.count();
    await until(() => deadLetters.length > 0);
    expect(await first.ask.hello()).to.equal('hello');
    expect(await second.ask.hello()).to.equal('hello');
    expect(deadLetters.map(({ reason, method, attempts }) => [reason, method, attempts])).to.deep.equal([
      ['poison', 'die', 3],
    ]);
    expect([...new Int32Array(counts)]).to.deep.equal([1, 2]);
  });
});

describe('a pool', () => {
  it('makes a message poison that kills worker after worker, and handles all others', async () => {
    const { system, deadLetters } = await quietSystem();
    try {
      const counts = new SharedArrayBuffer(4);
      const pool = await system.pool(Fatal, {
        size: 2,
        props: { number: 0, counts },
        supervision: { inFlight: 'retry', maxAttempts: 2, maxRestarts: 9 },
      });
      for (let n = 0; n < 10; n++) pool.tell.count();
      pool.tell.die();
      for (let n = 0; n < 10; n++) pool.tell.count();
      await until(() => deadLetters.length > 0);
      await pool.stop();
      expect(deadLetters.map(({ reason, method, attempts }) => [reason, method, attempts])).to.deep.equal([
        ['poison', 'die', 2],
      ]);
      expect(new Int32Array(counts)[0]).to.equal(20);
    } finally {
      await system.shutdown({ drain: false });
    }
  });
});
