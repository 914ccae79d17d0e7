/** When a message was sent, as it is told of by the age of the oldest in a mailbox. */
import { expect } from 'chai';
import { ActorSystem } from '../../core/index.js';
import { Late } from './support/late.js';
import { Patient } from './support/patient.js';

const COUNT = 5;
const WORK_MS = 20;

describe('the time of a message', () => {
  let system: ActorSystem;
  before(async () => {
    system = await ActorSystem.start({ threads: 1, arenaBytes: 1 << 26 });
  });
  after(() => system.shutdown({ drain: false }));

  for (const method of ['tellLate', 'tellLateNoted'] as const) {
    it(`is not that of one that was sent some long handlers before, in the same turn (${method})`, async () => {
      const late = await system.spawn(Late);
      const refs = await Promise.all(
        Array.from({ length: COUNT }, () => system.spawn(Patient, { placement: 'inline' })),
      );
      const ages = (): number[] => {
        const { actors } = system.metrics();
        return refs.map((ref) => actors.find((actor) => actor.path === ref.path)?.oldestMs ?? 0);
      };
      for (const ref of refs) late.tell[method](ref, WORK_MS);
      await late.drained();
      // This thread has no turn meanwhile: its actors have their mail before them.
      const end = performance.now() + 30_000;
      while (ages().includes(0) && performance.now() < end);
      const [, second, ...others] = ages();
      expect(second - (others.at(-1) as number)).to.be.at.least((COUNT - 2) * WORK_MS - 1);
    });
  }
});
