import { expect } from 'chai';
import { Looks } from '../../core/memory/looks.js';

const FEWEST = 20;
const MOST = 2000;
const SHORT_MS = 0.5;

describe('looks before a sleep', () => {
  let looks: Looks;
  beforeEach(() => {
    looks = new Looks(FEWEST, FEWEST, SHORT_MS);
  });
  const sleep = (ms: number, looked = looks.count) => looks.slept(ms, MOST, looked);
  /** Short sleeps until it looks as often as it may. */
  const learn = (): number => {
    let sleeps = 0;
    for (; looks.count < MOST; sleeps++) sleep(0.05);
    return sleeps;
  };

  it('are more after short sleeps, fewer after long ones, within bounds', () => {
    learn();
    expect(looks.count).to.equal(MOST);
    sleep(1);
    expect(looks.count).to.equal(MOST / 2);
    for (let i = 0; i < 20; i++) sleep(1);
    expect(looks.count).to.equal(FEWEST);
  });

  it('are given up when all were in vain and the sleep was shorter, for longer each time', () => {
    const tries = Array.from({ length: 12 }, () => {
      const sleeps = learn();
      sleep(0.3);
      expect(looks.count).to.equal(FEWEST);
      return sleeps;
    });
    expect(tries.slice(0, 4)).to.deep.equal([4, 5, 7, 11]);
    expect(tries.at(-1)).to.equal(tries.at(-2));
    expect(tries.at(-1)).to.equal(67);
  });

  it('are tried again as soon as at first once they have found enough', () => {
    for (let i = 0; i < 12; i++) {
      learn();
      sleep(0.3);
    }
    for (let i = 0; i < 10_000; i++) looks.found();
    expect(learn()).to.equal(4);
  });

  it('are no reason where fewer were taken than may be, or the sleep was longer than they', () => {
    learn();
    // With more threads awake than there are cores.
    sleep(0.3, FEWEST);
    expect(looks.count).to.equal(MOST);
    // Whoever may look for 25 µs only, as the creating thread.
    looks.slept(0.05, 100, 100);
    expect(looks.count).to.equal(100);
  });
});
