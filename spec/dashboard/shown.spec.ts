/** Contents as text: bounded, whatever they are, and never a reason to fail. */
import { expect } from 'chai';
import { Shown } from '../../core/dashboard/shown.js';

const shown = new Shown(true);
const hiding = new Shown(false);

describe('what is shown of a message', () => {
  it('is its arguments, as Node shows values', () => {
    expect(shown.args([])).to.equal('');
    expect(shown.args([1, 'two', { three: [4] }])).to.equal("1, 'two', { three: [ 4 ] }");
    expect(shown.args([new Map([['a', 1]]), undefined, 5n])).to.equal("Map(1) { 'a' => 1 }, undefined, 5n");
    expect(shown.args(undefined)).to.equal(undefined);
  });

  it('is a part of what is large, found without going through all of it', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`key${n}`, n]));
    expect(shown.args([many]))
      .to.match(/key19: 19,\s+'…': '…'/)
      .and.not.to.include('key20');
    expect(shown.args([Array.from({ length: 5000 }, (_, n) => n)])).to.include('more item');
    expect(shown.args(['x'.repeat(1e6)])?.length).to.be.below(1100);
    expect(shown.args(new Array(1e5).fill('xxxxxxxxxx'))?.length).to.be.below(1100);
    let looks = 0;
    const wide = (depth: number): object => {
      looks++;
      return new Proxy(
        {},
        {
          ownKeys: () => Array.from({ length: 20 }, (_, n) => `k${n}`),
          getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 0 }),
          get: (_, key) => (typeof key === 'string' && depth < 6 ? wide(depth + 1) : undefined),
        },
      );
    };
    shown.args([wide(0)]);
    expect(looks).to.be.below(1000);
  });

  it('is something also of what goes round in a circle, or fails to be looked at', () => {
    const circle: unknown[] = [];
    circle.push(circle, { circle });
    expect(shown.args([circle])).to.be.a('string');
    const trap = {
      get trap(): never {
        throw new Error('no');
      },
    };
    expect(shown.args([trap])).to.equal('a value of type object that cannot be shown');
    const error = Object.defineProperty(
      new Error('x'),
      'message',
      Object.getOwnPropertyDescriptor(trap, 'trap') ?? {},
    );
    for (const each of [shown, hiding]) expect(each.error(error)).to.be.a('string');
    expect(shown.error(error)).to.equal('an error that cannot be shown');
  });

  it('is what an error says, or what was thrown instead', () => {
    expect(shown.error(new RangeError('too far'))).to.equal('RangeError: too far');
    expect(shown.error('a text')).to.equal("'a text'");
    expect(shown.error(new Error('x'.repeat(5000))).length).to.be.below(1100);
  });

  it('is nothing when contents are hidden: only what kind of error it was', () => {
    expect(hiding.args(['secret'])).to.equal(undefined);
    expect(hiding.error(new RangeError('secret'))).to.equal('RangeError');
    expect(hiding.error('secret')).to.equal('a thrown string');
  });
});
