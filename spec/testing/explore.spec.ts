import { expect } from 'chai';
import { OptionOutOfRangeError, WrongArgumentError } from '../../core/index.js';
import { explore, TestSystem } from '../../core/testing/index.js';
import { rejection } from '../support/quiet-system.js';
import { Account, Bank } from './support/clockwork.js';

describe('explore', () => {
  afterEach(() => {
    delete process.env.TROUPE_SEED;
  });

  const twoDeposits = async (system: TestSystem) => {
    const [bank, account] = [await system.spawn(Bank), await system.spawn(Account)];
    const first = account.ask.deposit(bank, 10);
    await system.advance(0);
    await Promise.all([first, account.ask.deposit(bank, 20)]);
    expect(await account.ask.balance()).to.equal(30);
  };
  const atOnce = async (system: TestSystem) => {
    const [bank, account] = [await system.spawn(Bank), await system.spawn(Account)];
    await Promise.all([account.ask.deposit(bank, 10), account.ask.deposit(bank, 20)]);
    expect(await account.ask.balance()).to.equal(30);
  };

  it('tries many orders, each with a system of its own', async () => {
    const seeds: number[] = [];
    const tried = await explore({ seeds: 20, first: 5 }, async (system) => {
      seeds.push(system.seed);
      await twoDeposits(system);
    });
    expect(tried).to.equal(20);
    expect(seeds).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 5));
  });

  it('finds the order in which a test fails, and names it', async () => {
    const { message } = await rejection(explore({ seeds: 100, first: 2 }, atOnce));
    const [, seed] =
      /^expected (?:10|20) to equal 30\nTROUPE_SEED=(\d+) plays this run again$/.exec(message) ?? [];
    expect(seed, message).to.be.a('string');
    // That number alone is enough.
    expect((await rejection(TestSystem.run({ seed: Number(seed) }, atOnce))).message).to.equal(message);
    process.env.TROUPE_SEED = seed;
    let runs = 0;
    const again = await rejection(
      explore({ seeds: 100 }, (system) => {
        runs++;
        return atOnce(system);
      }),
    );
    expect(again.message).to.equal(message);
    expect(runs).to.equal(1);
    expect((await rejection(TestSystem.run(atOnce))).message).to.equal(message);
  });

  it('refuses what is out of range', async () => {
    expect(await rejection(explore({ seeds: 0 }, () => undefined))).to.be.instanceOf(OptionOutOfRangeError);
    expect(await rejection(explore({ first: -1 }, () => undefined))).to.be.instanceOf(OptionOutOfRangeError);
    expect(await rejection(explore({}, undefined as never))).to.be.instanceOf(WrongArgumentError);
    process.env.TROUPE_SEED = 'seven';
    expect(await rejection(explore({}, () => undefined))).to.be.instanceOf(OptionOutOfRangeError);
  });
});
