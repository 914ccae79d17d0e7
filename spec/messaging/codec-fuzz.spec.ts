import { expect } from 'chai';
import fc from 'fast-check';
import { parameters } from '../support/seeds.js';
import { everything } from './support/anything.js';
import { wire } from './support/codec-tools.js';
import { difference } from './support/same.js';

const anything = fc.anything({
  key: fc.oneof(fc.string(), fc.constantFrom('a', 'b', 'id', '__proto__', 'constructor', '0', '17', '日本')),
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withObjectString: true,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
});

/** The values, each in several places of one message, and the message inside itself. */
function entangled(values: readonly unknown[], order: readonly number[]): unknown {
  const message: Record<string, unknown> = {};
  const pick = (i: number): unknown => values[i % values.length];
  const list = order.map(pick);
  return Object.assign(message, { list, map: new Map(order.map((i) => [pick(i + 1), pick(i)])), message });
}

/** Puts the whole into its own parts: into the first places that can hold it. */
function closed(value: unknown): unknown {
  const whole = { value };
  const seen = new Set<unknown>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null || seen.has(part)) return;
    seen.add(part);
    if (part instanceof Map) {
      for (const [key, item] of [...part]) {
        visit(key);
        visit(item);
      }
      part.set(whole, part);
    } else if (part instanceof Set) {
      for (const item of [...part]) visit(item);
      part.add(whole);
    } else if (Array.isArray(part)) {
      for (const item of Object.values(part)) visit(item);
      part.push(whole);
    } else if (Object.getPrototypeOf(part) === Object.prototype) {
      for (const item of Object.values(part)) visit(item);
      Object.defineProperty(part, 'whole', {
        value: whole,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
  };
  visit(value);
  return whole;
}

describe('codec: like structured clone, whatever is sent', () => {
  it('copies any value', () => {
    const { send } = wire();
    fc.assert(
      fc.property(anything, (value) => {
        expect(difference(send(value), structuredClone(value))).to.equal(undefined);
      }),
      parameters(2000),
    );
  });

  it('copies any tangle of values', () => {
    const { send } = wire();
    const order = fc.array(fc.nat(20), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 5 }), order, (values, places) => {
        const message = entangled(values, places);
        expect(difference(send(message), structuredClone(message))).to.equal(undefined);
      }),
      parameters(1000),
    );
  });

  it('copies any text', () => {
    const { send } = wire();
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0x20, max: 0x7e }),
      fc.constant(0xd800),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(send({ [text]: text })).to.deep.equal({ [text]: text });
      }),
      parameters(2000),
    );
  });

  it('copies any number', () => {
    const { send } = wire();
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.integer(), fc.bigInt()), (number) => {
        expect(Object.is(send(number), number)).to.equal(true);
      }),
      parameters(2000),
    );
  });

  it('copies everything that structured clone knows, inside of everything', () => {
    const { send } = wire();
    fc.assert(
      fc.property(everything, (value) => {
        expect(difference(send(value), structuredClone(value))).to.equal(undefined);
      }),
      parameters(3000),
    );
  });

  it('copies what holds itself in each of its parts', () => {
    const { send } = wire();
    fc.assert(
      fc.property(fc.array(everything, { maxLength: 3 }), (values) => {
        const message = closed(values);
        expect(difference(send(message), structuredClone(message))).to.equal(undefined);
      }),
      parameters(1500),
    );
  });
});
