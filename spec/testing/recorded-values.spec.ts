import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { fromJson, refsIn, toJson } from '../../core/testing/recorded-values.js';
import { parameters } from '../support/seeds.js';

const back = (value: unknown): unknown =>
  fromJson(JSON.parse(JSON.stringify(toJson(value))), (path) => ({ path }));

describe('recorded values', () => {
  const values: Record<string, unknown> = {
    texts: ['', 'a', '\u2028 \ud83d\ude00'],
    numbers: [0, -0, 1.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    'what is nothing': [null, undefined, { a: undefined }, [undefined]],
    bigints: [0n, -(2n ** 70n)],
    dates: [new Date(0), new Date('2026-01-31T12:00:00Z')],
    'regular expressions': [/a+/gi, /\//],
    maps: new Map<unknown, unknown>([
      ['a', new Map([[1, 2]])],
      [{ k: 1 }, undefined],
    ]),
    sets: new Set([1, 'a', new Set()]),
    bytes: [Buffer.from('hi'), new Uint8Array([1, 2]), new Float64Array([0.5]), new ArrayBuffer(3)],
    'arrays of bigints': new BigInt64Array([-1n]),
    'keys that mean something here': [
      { $: 'Map' },
      { $: 1, a: { $: [] } },
      JSON.parse('{"__proto__":{"x":1}}'),
    ],
    'what is rarer': [Object('boxed'), Object(1)],
  };

  for (const [what, value] of Object.entries(values)) {
    it(`are read as they were written: ${what}`, () => {
      expect(back(value)).to.deep.equal(value);
    });
  }

  it('are plain JSON where that will do', () => {
    const value = { a: [1, 'b', null, true], c: { d: 0.5 } };
    expect(toJson(value)).to.deep.equal(value);
    expect(toJson(new Date(5))).to.deep.equal({ $: 'Date', value: 5 });
  });

  it('keep an invalid date, and a minus', () => {
    expect((back(new Date(Number.NaN)) as Date).getTime()).to.be.NaN;
    expect(Object.is(back(-0), -0)).to.equal(true);
  });

  it('keep what a view shows, and no more', () => {
    const read = back(new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 2)) as DataView;
    expect(read).to.be.instanceOf(DataView);
    expect([read.byteLength, read.getUint8(0), read.getUint8(1)]).to.deep.equal([2, 2, 3]);
  });

  it('keep errors: class, name, message, stack, fields and cause', () => {
    const error = Object.assign(new RangeError('too far', { cause: new Error('why') }), {
      code: 'E',
      at: new Date(1),
    });
    const read = back(error) as typeof error;
    expect(read).to.be.instanceOf(RangeError);
    expect(read).to.deep.include({ message: 'too far', stack: error.stack, code: 'E', at: new Date(1) });
    expect(read.cause).to.be.instanceOf(Error).and.include({ message: 'why' });
    class OddError extends Error {
      override name = 'OddError';
    }
    expect(back(new OddError('x')))
      .to.be.instanceOf(Error)
      .and.include({ name: 'OddError', message: 'x' });
  });

  it('keep who is who, also in circles', () => {
    const one = { n: 1 };
    const list: unknown[] = [one, one];
    list.push(list);
    const [a, b, c] = back(list) as unknown[];
    expect(a).to.deep.equal({ n: 1 });
    expect(b).to.equal(a);
    const whole = back(list);
    expect((whole as unknown[])[2]).to.equal(whole);
    expect(c).to.be.an('array');
    const map = new Map<string, unknown>();
    map.set('self', map);
    const read = back(map) as typeof map;
    expect(read.get('self')).to.equal(read);
    const error = new Error('loop');
    error.cause = error;
    const loop = back(error) as Error;
    expect(loop.cause).to.equal(loop);
  });

  it('find the refs that they hold', () => {
    const json: Parameters<typeof refsIn>[0] = [
      { a: { $: 'ref', path: '/a', type: 'A' } },
      { $: 'Map', entries: [[1, { $: 'ref', path: '/b', type: 'B' }]] },
    ];
    expect([...refsIn(json)]).to.deep.equal([
      ['/a', 'A'],
      ['/b', 'B'],
    ]);
    expect(fromJson(json, (path, type) => `${path} ${type}`)).to.deep.equal([
      { a: '/a A' },
      new Map([[1, '/b B']]),
    ]);
  });

  it('are read as they were written, whatever they are', () => {
    // An invalid date is not equal to itself.
    const date = fc.date({ noInvalidDate: true });
    const single = [
      fc.boolean(),
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.bigInt(),
      fc.constant(undefined),
      date,
    ];
    fc.assert(
      fc.property(
        fc.anything({ values: single, withMap: true, withSet: true, withTypedArray: true }),
        // Chai's own comparison sorts a map's keys as texts, which not all of them have.
        (value) => isDeepStrictEqual(back(value), value),
      ),
      parameters(300),
    );
  });
});
