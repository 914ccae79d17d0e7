import { expect } from 'chai';
import { Accounts } from './actors/accounts.js';
import { How, Ledger } from './actors/ledger.js';

describe('the accounts of a round', () => {
  const SLOT = 3;
  const isAlive = () => true;

  function round() {
    const ledger = new Ledger();
    const accounts = new Accounts(ledger, () => undefined);
    const opened = (how: number, life: number) => ledger.open(how, life, 4) as number;
    return { ledger, accounts, opened };
  }

  it('wait for a stream while whoever listens lives, and no longer: it may have thrown, and its thread lives on', () => {
    const { ledger, accounts, opened } = round();
    const life = ledger.born(SLOT, 7);
    const streams = [opened(How.STREAM, life), opened(How.BRIEF_STREAM, life)];
    expect(accounts.unsettled(isAlive)).to.deep.equal(streams);

    ledger.born(SLOT, 7);

    expect(accounts.unsettled(isAlive)).to.deep.equal([]);
    expect(accounts.describe(streams[0])).to.contain(`life ${life} of 3 on thread 7, which is over`);
  });

  it('wait for an answer also when another life has begun in the place of who asked', () => {
    const { ledger, accounts, opened } = round();
    const ask = opened(How.ASK, ledger.born(SLOT, 7));
    ledger.born(SLOT, 7);

    expect(accounts.unsettled(isAlive)).to.deep.equal([ask]);
  });

  it('wait for the streams that the program listens to', () => {
    const { ledger, accounts, opened } = round();
    ledger.born(SLOT, 7);
    const stream = opened(How.STREAM, 0);

    expect(accounts.unsettled(isAlive)).to.deep.equal([stream]);
  });
});
