/** What is told once, and goes by a number from then on. */
import { expect } from 'chai';
import { heard, Telling } from '../../core/runtime/told.js';

describe('what is told once', () => {
  let telling: Telling<object>;
  let told: object[];
  beforeEach(() => {
    telling = new Telling();
    told = [];
  });

  it('goes along the first time, and by its number then', () => {
    const [one, other] = [{ n: 1 }, { n: 2 }];
    for (const value of [one, other, one, other]) expect(heard(told, telling.tell(value))).to.equal(value);
    expect(telling.tell(one).first).to.equal(undefined);
    expect(told).to.deep.equal([one, other]);
  });

  it('is told again when others have come since, whose numbers are as many as are kept', () => {
    const many = Array.from({ length: 100 }, (_, n) => ({ n }));
    for (let round = 0; round < 3; round++) {
      for (const value of many) expect(heard(told, telling.tell(value))).to.equal(value);
    }
    expect(told).to.have.lengthOf(64);
  });

  it('goes along again after it could not be said', () => {
    const value = {};
    telling.unsaid(telling.tell(value));
    expect(telling.tell(value).first).to.equal(value);
    telling.unsaid(telling.tell(value));
    expect(telling.tell(value).first).to.equal(undefined);
  });
});
