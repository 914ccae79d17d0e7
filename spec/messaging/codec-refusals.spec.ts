import { createSecretKey } from 'node:crypto';
import { expect } from 'chai';
import { CorruptRecordError, MessageNotSerializableError } from '../../core/errors.js';
import { noHooks, wire } from './support/codec-tools.js';

function refusal(run: () => unknown): MessageNotSerializableError {
  try {
    run();
  } catch (error) {
    expect(error).to.be.instanceOf(MessageNotSerializableError);
    return error as MessageNotSerializableError;
  }
  throw new Error('it was not refused');
}

const REFUSED: Record<string, () => unknown> = {
  'a function': () => () => 1,
  'a class': () => class {},
  'a symbol': () => Symbol('s'),
  'a boxed symbol': () => Object(Symbol('s')),
  'a Promise': () => Promise.resolve(1),
  'a Promise of a class of its own': () => new (class extends Promise<void> {})((resolve) => resolve()),
  'a WeakMap': () => new WeakMap(),
  'a WeakSet': () => new WeakSet(),
  'a WeakRef': () => new WeakRef({}),
  'a proxy of a function': () => new Proxy(() => 1, {}),
  'a proxy of a Promise': () => new Proxy(Promise.resolve(), {}),
  'a Blob': () => new Blob(['a']),
  'a KeyObject': () => createSecretKey(Buffer.alloc(16)),
  'a MessagePort': () => {
    const { port1 } = new MessageChannel();
    port1.close();
    return port1;
  },
  'a WebAssembly.Module': () => {
    const { WebAssembly } = globalThis as unknown as {
      WebAssembly: { Module: new (b: Uint8Array) => object };
    };
    return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
  },
  'a generator': () => (function* () {})(),
  'an async generator': () => (async function* () {})(),
  'an iterator of an array': () => [1][Symbol.iterator](),
  'an iterator of a Map': () => new Map().entries(),
  'a URL': () => new URL('http://localhost/'),
  'an AbortSignal': () => new AbortController().signal,
  'a ReadableStream': () => new ReadableStream(),
  'an Intl.NumberFormat': () => new Intl.NumberFormat('en'),
};

describe('codec: what cannot travel', () => {
  it('refuses an iterator also when objects without fields have gone before, often', () => {
    const { send } = wire();
    for (let i = 0; i < 100; i++) expect(send({})).to.deep.equal({});
    expect(refusal(() => send({ it: [1][Symbol.iterator]() })).path).to.equal('value.it');
  });

  for (const [name, make] of Object.entries(REFUSED)) {
    it(`refuses ${name}`, () => {
      const { send } = wire();
      for (let i = 0; i < 3; i++) {
        const error = refusal(() => send({ list: [1, { it: make() }] }));
        expect(error.path).to.equal('value.list[1].it');
      }
      expect(send({ still: 'works' })).to.deep.equal({ still: 'works' });
    });
  }

  it('names the argument, and the way to call back', () => {
    const { encoder } = wire();
    const error = refusal(() => {
      encoder.begin();
      encoder.values([{ user: { callback: () => 1 } }]);
    });
    expect(error.path).to.equal('args[0].user.callback');
    expect(error.message).to.contain('args[0].user.callback').and.to.contain('this.self');
  });

  it('names the place inside maps, sets, and under odd keys', () => {
    const { send } = wire();
    const bad = Symbol('bad');
    expect(refusal(() => send(new Map([['k', { bad }]]))).path).to.equal('value.get("k").bad');
    expect(refusal(() => send(new Map([[bad, 1]]))).path).to.equal('value.keys(key 0)');
    expect(refusal(() => send(new Set([1, bad]))).path).to.equal('value.values(1)');
    expect(refusal(() => send({ 'a b': [bad] })).path).to.equal('value["a b"][0]');
    expect(refusal(() => send(bad)).path).to.equal('value');
  });

  it('finds the path past shared objects and cycles', () => {
    const shared: Record<string, unknown> = {};
    shared.self = shared;
    expect(refusal(() => wire().send({ a: shared, b: shared, c: { f() {} } })).path).to.equal('value.c.f');
  });

  it('does not look for the culprit inside what travels by other means', () => {
    class Ref {
      tell = () => true;
    }
    const { send } = wire({
      ...noHooks,
      encodeExtension: (value) => (value instanceof Ref ? { tag: 1, data: 1 } : undefined),
    });
    const date = Object.assign(new Date(), { format() {} });
    const error = Object.assign(new Error('e'), { retry() {} });
    expect(refusal(() => send([new Ref(), date, error, { f() {} }])).path).to.equal('value[3].f');
  });

  it('tells of a getter that throws, with what it threw', () => {
    const thrown = new Error('no');
    const error = refusal(() =>
      wire().send({
        a: {
          get b() {
            throw thrown;
          },
        },
      }),
    );
    expect(error.path).to.equal('value.a.b');
    expect(error.cause).to.equal(thrown);
  });

  it('refuses an ArrayBuffer that was transferred before', () => {
    const buffer = new ArrayBuffer(8);
    structuredClone(buffer, { transfer: [buffer] });
    expect(refusal(() => wire().send({ buffer })).path).to.equal('value.buffer');
  });

  it('refuses a message that is sent from a getter of another one', () => {
    const { encoder, send } = wire();
    const error = refusal(() =>
      send({
        get a() {
          encoder.begin();
          return 1;
        },
      }),
    );
    expect(error.message).to.contain('getter');
    expect(send([1])).to.deep.equal([1]);
  });

  it('takes back what it had written, so that the record can go on', () => {
    const { encoder, decoder } = wire();
    encoder.begin();
    encoder.value('first');
    refusal(() => encoder.value({ a: { b: 1 }, f: () => 1 }));
    encoder.value('second');
    decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, undefined);
    expect([decoder.value(), decoder.value()]).to.deep.equal(['first', 'second']);
  });
});

const isKnown = (error: unknown): boolean =>
  error instanceof MessageNotSerializableError || error instanceof CorruptRecordError;

describe('codec: depth', () => {
  const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
    let value: unknown = 1;
    for (let i = 0; i < levels; i++) value = wrap(value);
    return value;
  };
  const wraps: Record<string, (inner: unknown) => unknown> = {
    objects: (inner) => ({ inner }),
    arrays: (inner) => [inner],
    maps: (inner) => new Map([[1, inner]]),
    errors: (inner) => new Error('e', { cause: inner }),
  };

  for (const [name, wrap] of Object.entries(wraps)) {
    it(`carries ${name} a thousand levels deep`, () => {
      let arrived = wire().send(nested(1000, wrap));
      let depth = 0;
      while (typeof arrived === 'object' && arrived !== null) {
        arrived =
          arrived instanceof Map
            ? arrived.get(1)
            : arrived instanceof Error
              ? arrived.cause
              : Object.values(arrived)[0];
        depth++;
      }
      expect(depth).to.equal(1000);
    });
  }

  it('says that a message is too deep', () => {
    const { send } = wire();
    for (const wrap of [wraps.objects, wraps.arrays, wraps.maps]) {
      expect(refusal(() => send(nested(100_000, wrap))).message).to.contain('deep');
    }
    expect(send(1)).to.equal(1);
  });

  it('says so too where the stack is nearly used up', () => {
    const { send } = wire();
    const deep = nested(1000, wraps.objects);
    let outcome: unknown;
    const descend = (): void => {
      try {
        descend();
      } catch (error) {
        // Thrown anew on every level of the way back, until there is room enough for the message.
        if (outcome === undefined && !(error instanceof RangeError)) outcome = error;
        if (outcome !== undefined) return;
        send(deep);
        outcome = 'sent';
      }
    };
    descend();
    expect(outcome).to.satisfy((it: unknown) => it === 'sent' || isKnown(it), String(outcome));
  });
});
