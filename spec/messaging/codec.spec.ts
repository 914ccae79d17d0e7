import { expect } from 'chai';
import { holed, wire } from './support/codec-tools.js';
import { difference } from './support/same.js';

/** What structured clone makes of a value, the codec makes of it too. */
const CLONED: Record<string, () => unknown> = {
  undefined: () => undefined,
  null: () => null,
  booleans: () => [true, false],
  'small and large integers': () => [
    0,
    1,
    -1,
    2 ** 30 - 1,
    2 ** 30,
    -(2 ** 30),
    -(2 ** 30) - 1,
    2 ** 31,
    2 ** 53,
  ],
  'special numbers': () => [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 1.5],
  'BigInt of any size': () => [
    0n,
    -1n,
    2n ** 63n - 1n,
    2n ** 63n,
    -(2n ** 63n),
    -(2n ** 63n) - 1n,
    7n ** 900n,
    -(7n ** 900n),
  ],
  'short strings': () => ['', 'a', 'ab', 'abc', 'abcd', 'é', 'ÿ', 'Ā', '日本', '😀', '\0', 'a\0'],
  'long strings': () => ['x'.repeat(25), 'é'.repeat(999), '日本'.repeat(500), `${'x'.repeat(5000)}Ā`],
  'lone surrogates': () => ['\ud800', '\udc00x', `${'x'.repeat(40)}\ud800`],
  'an object': () => ({ type: 'inc', n: 1, deep: { er: [{ a: 1 }, { a: 2 }] } }),
  'an object without keys': () => ({}),
  'an object with index keys': () => ({ b: 1, 1: 2, 0: 3 }),
  'an object with an own __proto__': () => JSON.parse('{"a":1,"__proto__":{"x":1},"b":2}'),
  'an object with 300 keys': () => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i])),
  'an object with undefined': () => ({ a: undefined, b: null }),
  'an object without prototype': () => Object.assign(Object.create(null), { a: 1 }),
  'inherited fields left behind': () => Object.assign(Object.create({ inherited: 1 }), { own: 1 }),
  'symbol keys left behind': () => ({ [Symbol('s')]: 1, a: 2 }),
  'hidden fields left behind': () => Object.defineProperty({ a: 1 }, 'hidden', { value: 1 }),
  getters: () => ({
    get a() {
      return { b: 1 };
    },
  }),
  arrays: () => [[], [1], [[]], Array.from({ length: 1000 }, (_, i) => i / 3)],
  'arrays with holes': () => [holed([0, 1], 0), holed([1, 2, 3], 1), holed([1, 2], 1), new Array(5)],
  'holes beside undefined': () => holed<unknown>([undefined, 1, undefined], 1),
  'arrays with far holes': () => {
    const far: unknown[] = [1, 2];
    far[4_000_000_000] = 'end';
    return [far, new Array(3_000_000)];
  },
  'arrays with properties': () => [
    /(?<x>a)b/.exec('ab'),
    Object.assign(holed([1, 2, 3], 1), { length2: 1, '-1': 2, '01': 3, '4294967295': 4 }),
  ],
  'long arrays with properties': () =>
    Object.assign(
      Array.from({ length: 40 }, () => ({})),
      { name: 'x' },
    ),
  'an array of a class of its own': () => class Stack extends Array<number> {}.of(1, 2, 3),
  'boxed primitives': () => [Object(1), Object(-0), Object('text'), Object(true), Object(false), Object(5n)],
  dates: () => [new Date(0), new Date(1.7e12), new Date(Number.NaN), new Date(-1)],
  'regular expressions': () => {
    const used = /a/g;
    used.exec('aa');
    return [/a\/[b]/gi, used, /(?:)/, /\u{1f600}/u];
  },
  maps: () =>
    new Map<unknown, unknown>([
      ['a', 1],
      [{ key: 1 }, new Map()],
      [Number.NaN, -0],
    ]),
  sets: () => new Set<unknown>([1, 'a', { b: 1 }, new Set([1])]),
  'maps and sets of classes of their own': () => [
    new (class extends Map<number, number> {})([[1, 2]]),
    new (class extends Set<number> {})([1]),
  ],
  ArrayBuffer: () => [new ArrayBuffer(0), Uint8Array.of(1, 2, 3, 4, 5).buffer],
  'every view': () => {
    const bytes = Uint8Array.from({ length: 64 }, (_, i) => i * 7).buffer;
    return [
      new Uint8Array(bytes, 3, 5),
      new Int8Array(bytes, 1),
      new Uint8ClampedArray(bytes),
      new Int16Array(bytes, 2, 3),
      new Uint16Array(bytes, 4),
      new Int32Array(bytes, 8, 1),
      new Uint32Array(bytes),
      new Float32Array(bytes, 4, 2),
      new Float64Array(bytes, 8, 2),
      new BigInt64Array(bytes, 16, 1),
      new BigUint64Array(bytes),
      new DataView(bytes, 5, 7),
    ];
  },
  'empty views': () => [new Uint8Array(0), new Float64Array(0), new DataView(new ArrayBuffer(0))],
};

describe('codec: what structured clone knows', () => {
  for (const [name, make] of Object.entries(CLONED)) {
    it(`copies ${name}`, () => {
      const { send } = wire();
      const expected = structuredClone(make());
      // Often enough that shapes are interned and builders compiled.
      for (let i = 0; i < 20; i++) expect(difference(send(make()), expected)).to.equal(undefined);
    });
  }

  it('copies each of them as the one argument of a call too, and remembers nothing of it', () => {
    const { encoder, decoder } = wire();
    const arrived = (write: () => void): unknown[] => {
      encoder.begin();
      write();
      decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, encoder.attachments);
      return decoder.isOne() ? [decoder.only()] : decoder.values();
    };
    // Those with far holes take a second.
    for (const [name, make] of Object.entries(CLONED).filter(([each]) => !each.includes('far'))) {
      const expected = structuredClone(make());
      for (let i = 0; i < 8; i++) {
        const value = make();
        for (let twice = 0; twice < 2; twice++) {
          const args = arrived(() => encoder.only(value));
          expect(difference(args, [expected]), name).to.equal(undefined);
        }
        expect(() => encoder.only([value, () => 0]), name).to.throw();
      }
    }
    const both = arrived(() => encoder.values([{ a: 1 }, { a: 2 }]));
    expect(both).to.deep.equal([{ a: 1 }, { a: 2 }]);
  });

  it('keeps a circle through the one argument of a call, which it meets late', () => {
    const { encoder, decoder } = wire();
    const self: { n: number; inner?: unknown; self?: unknown } = { n: 1 };
    const shared = { self };
    Object.assign(self, { inner: shared, again: shared, self });
    encoder.begin();
    encoder.only(self);
    decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, undefined);
    const [back] = decoder.values() as { self: unknown; inner: { self: unknown }; again: unknown }[];
    expect(back.self).to.equal(back);
    expect(back.inner.self).to.equal(back);
    expect(back.again).to.equal(back.inner);
  });

  it('keeps a class instance as a plain object of its own fields, whatever it calls itself', () => {
    class Named {
      #secret = 1;
      shown = 2;
      get [Symbol.toStringTag]() {
        return `Promise${this.#secret}`;
      }
    }
    class URL {
      href = 'mine';
    }
    expect(difference(wire().send([new Named(), new URL()]), [{ shown: 2 }, { href: 'mine' }])).to.equal(
      undefined,
    );
  });

  it('looks at what an object is, not at its prototype', () => {
    const { send } = wire();
    expect(send(Object.create(Map.prototype))).to.deep.equal({});
    expect(send(new Map([[1, 2]]))).to.deep.equal(new Map([[1, 2]]));
    expect(send(new Proxy({ a: 1 }, {}))).to.deep.equal({ a: 1 });
    expect(send(new Proxy([1, 2], {}))).to.deep.equal([1, 2]);
  });

  it('keeps resizable buffers resizable, where there are such', () => {
    const Resizable = ArrayBuffer as unknown as new (
      n: number,
      o: { maxByteLength: number },
    ) => ArrayBuffer & { maxByteLength: number };
    const arrived = wire().send(new Resizable(4, { maxByteLength: 16 }));
    expect([arrived.byteLength, arrived.maxByteLength]).to.deep.equal([4, 16]);
  });
});

describe('codec: identity', () => {
  it('lets one object arrive as one', () => {
    const shared = { a: 1 };
    const date = new Date(5);
    const arrived = wire().send({ list: [shared, shared, date], map: new Map([[shared, date]]), shared });
    expect(arrived.list[0]).to.equal(arrived.list[1]).and.to.equal(arrived.shared);
    expect([...arrived.map][0]).to.deep.equal([arrived.shared, arrived.list[2]]);
    expect(arrived.map.has(arrived.shared)).to.equal(true);
  });

  it('keeps cycles through every kind of container', () => {
    const object: Record<string, unknown> = {};
    const map = new Map<unknown, unknown>();
    const set = new Set<unknown>();
    const error = new Error('round', { cause: object });
    Object.assign(object, { object, list: [object], map, set, error });
    map.set(map, object).set('object', object);
    set.add(set).add(object);
    const { send } = wire();
    for (let i = 0; i < 20; i++) {
      expect(difference(send(object), object)).to.equal(undefined);
    }
  });

  it('keeps buffers shared by their views', () => {
    const buffer = new ArrayBuffer(16);
    const arrived = wire().send({
      a: new Uint8Array(buffer),
      b: new DataView(buffer, 4),
      whole: Buffer.from(buffer),
    });
    expect(arrived.a.buffer).to.equal(arrived.b.buffer).and.to.equal(arrived.whole.buffer);
  });

  it('finds the same object among very many', () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ i }));
    const arrived = wire().send([...many, ...many]);
    for (let i = 0; i < 500; i++) expect(arrived[i]).to.equal(arrived[i + 500]);
  });

  it('keeps identity over all arguments of a call, and not beyond', () => {
    const { encoder, decoder } = wire();
    const shared = {};
    encoder.begin();
    encoder.values([shared, 1, shared]);
    encoder.value(shared);
    expect(encoder.hasBackReferences).to.equal(true);
    decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, undefined);
    const args = decoder.values();
    expect(args[0]).to.equal(args[2]);
    const second = decoder.value();
    expect(second).to.deep.equal({});
    expect(second).to.not.equal(args[0]);
    expect(decoder.position).to.equal(encoder.position);
  });
});

describe('codec: bytes', () => {
  it('lets a Buffer arrive as a Buffer, with its own bytes only', () => {
    const { encoder, send } = wire();
    const arrived = send([Buffer.from('héllo'), Buffer.alloc(0), Buffer.alloc(100_000, 7)]);
    expect(arrived.every(Buffer.isBuffer)).to.equal(true);
    expect(arrived[0].toString()).to.equal('héllo');
    expect(arrived[2].equals(Buffer.alloc(100_000, 7))).to.equal(true);
    send(Buffer.from('small, of the pool'));
    expect(encoder.position).to.be.below(12);
  });

  it('passes shared memory by reference, also under views', () => {
    const shared = new SharedArrayBuffer(8);
    const arrived = wire().send({ shared, view: new Int32Array(shared, 4), buffer: Buffer.from(shared) });
    expect(arrived.shared).to.equal(shared);
    expect(arrived.view.buffer).to.equal(shared);
    expect(arrived.view.byteOffset).to.equal(4);
    expect(arrived.buffer.buffer).to.equal(shared);
  });

  it('passes transferred objects beside the record', () => {
    const { port1, port2 } = new MessageChannel();
    const buffer = new ArrayBuffer(1000);
    const { encoder, send } = wire();
    const arrived = send({ port: port1, bytes: new Uint8Array(buffer, 8) }, [buffer, port1]);
    expect(encoder.attachments).to.deep.equal([buffer, port1]);
    expect(arrived.port).to.equal(port1);
    expect(arrived.bytes.buffer).to.equal(buffer);
    expect(encoder.position).to.be.below(50);
    send({ a: 1 });
    expect(encoder.attachments).to.deep.equal([]);
    port1.close();
    port2.close();
  });

  it('grows the scratch for a large message, and gives it back', () => {
    const { encoder, send } = wire();
    const large = { text: 'x'.repeat(3 << 20), bytes: new Uint8Array(5 << 20).fill(9) };
    const arrived = send(large);
    expect(arrived.text).to.equal(large.text);
    expect(arrived.bytes[(5 << 20) - 1]).to.equal(9);
    send(1);
    send(2);
    expect(encoder.words.length).to.be.below(1 << 20);
  });

  it('lets a caller write words of its own in front', () => {
    const { encoder, decoder } = wire();
    encoder.begin();
    const head = encoder.reserve(3);
    encoder.values(['a', { b: 1 }]);
    encoder.words.set([7, 8, 9], head);
    decoder.begin(encoder.words, encoder.bytes, 3, encoder.position, undefined);
    expect(decoder.values()).to.deep.equal(['a', { b: 1 }]);
  });

  it('reads from shared memory, and from views that do not begin at its start', () => {
    const { encoder, decoder } = wire();
    const value = { text: 'x'.repeat(100), wide: '日本', bytes: Buffer.from('abc') };
    encoder.begin();
    encoder.value(value);
    const arena = new SharedArrayBuffer(4096);
    const words = new Int32Array(arena, 64, 900);
    words.set(encoder.words.subarray(0, encoder.position), 5);
    decoder.begin(words, new Uint8Array(arena, 64, 3600), 5, 5 + encoder.position, undefined);
    expect(decoder.value()).to.deep.equal(value);
  });
});

describe('codec: extensions', () => {
  class Ref {
    constructor(readonly id: number) {}
  }

  it('asks for what it does not know, and keeps identity there too', () => {
    const { send } = wire({
      encodeExtension: (value) => (value instanceof Ref ? { tag: 9, data: { id: value.id } } : undefined),
      decodeExtension: (tag, data) => new Ref((data as { id: number }).id + tag),
      errorClass: () => undefined,
    });
    const ref = new Ref(1);
    const arrived = send([ref, { ref }, new Ref(2)]) as [Ref, { ref: Ref }, Ref];
    expect(arrived[0]).to.be.instanceOf(Ref).and.have.property('id', 10);
    expect(arrived[1].ref).to.equal(arrived[0]);
    expect(arrived[2].id).to.equal(11);
  });
});
