/** A turn ends in time, whatever there is to do: timers and I/O have theirs. */
import { expect } from 'chai';
import { Actor, ActorSystem } from '../../core/index.js';
import { Arena } from '../../core/memory/arena.js';
import { until } from '../support/quiet-system.js';
import { Patient } from './support/patient.js';

class Several extends Actor {
  static concurrency = 2;
  seen = 0;

  note(): void {
    this.seen++;
  }

  count(): number {
    return this.seen;
  }
}

describe('a thread that has much to do', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    system = await ActorSystem.start({ threads: 1, arenaBytes: 1 << 26 });
  });
  afterEach(() => system.shutdown());

  it('lets timers run while a handler that awaits is behind with its mail', async () => {
    const ref = await system.spawn(Patient);
    ref.tell.arm();
    for (let i = 0; i < 1000; i++) ref.tell.work();
    expect(await ref.ask.whenRung()).to.be.within(0, 999);
  });

  it('lets timers run while one of its actors asks another, and again with each answer', async () => {
    const shared = { placement: 'shared' } as const;
    const [one, other] = await Promise.all([system.spawn(Patient, shared), system.spawn(Patient, shared)]);
    expect(await one.ask.rally(other, 1000)).to.be.within(0, 999);
  });

  it('lets timers run while a message waits for the memory that several at once take', async () => {
    const ref = await system.spawn(Several, { placement: 'inline' });
    const { take } = Arena.prototype;
    const ENOUGH = 100_000;
    let refused = 0;
    let isShort = true;
    Arena.prototype.take = function (thread, bytes, reserved) {
      return isShort && bytes === 504 && ++refused < ENOUGH
        ? (0 as ReturnType<typeof take>)
        : take.call(this, thread, bytes, reserved);
    };
    try {
      ref.tell.note();
      await until(() => refused > 0);
      isShort = false;
      expect(await ref.ask.count()).to.equal(1);
      expect(refused).to.be.within(1, ENOUGH - 1);
    } finally {
      Arena.prototype.take = take;
    }
  });
});
