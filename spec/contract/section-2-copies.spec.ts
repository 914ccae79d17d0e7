/** Section 2: a message arrives as a copy, wherever the receiver lives, and by whatever way. */
import { expect } from 'chai';
import { type ActorRef, type ActorSystem, MessageNotSerializableError } from '../../core/index.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Carrier } from './actors/copies.js';

class Point {
  #secret = 1;
  ran = 0;
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
  get sum() {
    this.ran++;
    return this.x + this.y + this.#secret;
  }
}

function everything() {
  const cycle: Record<string, unknown> = { name: 'cycle' };
  cycle.self = cycle;
  const error = Object.assign(new RangeError('with all', { cause: new TypeError('inner') }), {
    code: 'E_ALL',
    at: { line: 1 },
  });
  const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
  return {
    undefined: undefined,
    null: null,
    nan: Number.NaN,
    minusZero: -0,
    big: -(2n ** 200n),
    text: 'a\u{1F600}\ud800',
    date: new Date(86_400_000),
    invalidDate: new Date(Number.NaN),
    regexp: /a+/giu,
    map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'two'])]]),
    boxed: [new Number(1), new String('s'), new Boolean(false), Object(5n)],
    sparse: Object.assign(new Array<unknown>(3), { 0: 1, 2: 3 }),
    cycle,
    error,
    aggregate: new AggregateError([new Error('one'), new SyntaxError('two')], 'many'),
    dom: new DOMException('gone', 'AbortError'),
    arrayBuffer: bytes.buffer,
    view: bytes.subarray(2, 5),
    dataView: new DataView(bytes.buffer, 1, 3),
    floats: new Float64Array([0.5, Number.POSITIVE_INFINITY]),
    bigints: new BigInt64Array([-1n]),
    buffer: Buffer.from('buffer'),
    empty: [Buffer.alloc(0), new Uint8Array(0), '', [], {}, new Map()],
    withProto: JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'),
    noProto: Object.assign(Object.create(null), { a: 1 }),
    point: new Point(1, 2),
  };
}

type All = ReturnType<typeof everything>;

function check(copy: All, original: All, way: string) {
  expect(copy, way).to.not.equal(original);
  expect(copy.date, way).to.be.instanceOf(Date).and.deep.equal(original.date);
  expect(copy.invalidDate.getTime(), way).to.be.NaN;
  expect(Object.is(copy.minusZero, -0) && Number.isNaN(copy.nan), way).to.equal(true);
  expect([copy.big, copy.text, copy.regexp], way).to.deep.equal([
    original.big,
    original.text,
    original.regexp,
  ]);
  expect([...copy.map], way).to.deep.equal([...original.map]);
  expect(copy.boxed, way).to.deep.equal(original.boxed);
  expect(1 in copy.sparse, way).to.equal(false);
  expect(copy.cycle.self, way).to.equal(copy.cycle);
  expect(copy.error, way).to.be.instanceOf(RangeError).and.include({ code: 'E_ALL', message: 'with all' });
  expect(copy.error.at, way).to.deep.equal({ line: 1 });
  expect(copy.error.cause, way).to.be.instanceOf(TypeError).with.property('message', 'inner');
  expect(copy.aggregate.errors[1], way).to.be.instanceOf(SyntaxError);
  expect(copy.dom, way).to.be.instanceOf(DOMException).with.property('name', 'AbortError');
  expect(copy.view.buffer === copy.arrayBuffer && copy.dataView.buffer === copy.arrayBuffer, way).to.equal(
    true,
  );
  expect([...copy.view, copy.dataView.byteOffset], way).to.deep.equal([3, 4, 5, 1]);
  expect(copy.floats, way).to.deep.equal(original.floats);
  expect(copy.bigints, way).to.deep.equal(original.bigints);
  expect(Buffer.isBuffer(copy.buffer) && copy.buffer.toString(), way).to.equal('buffer');
  expect(Buffer.isBuffer(copy.empty[0]), way).to.equal(true);
  expect(Object.keys(copy.withProto), way).to.deep.equal(['__proto__', 'constructor']);
  expect(Object.getPrototypeOf(copy.point), way).to.equal(Object.prototype);
  expect({ ...copy.point }, way).to.deep.equal({ ran: 0, x: 1, y: 2 });
}

describe('contract 2: a copy', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem({ arenaBytes: 1 << 30, threads: 1 }));
  });
  after(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      let carrier: ActorRef<Carrier>;
      before(async () => {
        carrier = await system.spawn(Carrier, { placement });
      });

      it('of everything that structured clone knows: argument, answer, props, error, stream item', async () => {
        const original = everything();
        check((await carrier.ask.echo(original))[0] as All, original, 'ask');
        const other = await system.spawn(Carrier, { placement, props: { value: original } });
        check((await other.ask.ofProps()) as All, original, 'props');
        check((await rejection(carrier.ask.throwWith(original))).value as All, original, 'error');
        for await (const item of carrier.stream.items(original)) check(item as All, original, 'stream');
        carrier.tell.keep(original);
        check((await carrier.ask.kept()).at(-1) as All, original, 'tell');
        await carrier.send.keep(original);
        check((await carrier.ask.kept()).at(-1) as All, original, 'send');
      });

      it('keeps cycles and identity over the arguments of one call', async () => {
        const shared = { n: 1 };
        const list: unknown[] = [shared];
        list.push(list);
        const [a, b, c] = (await carrier.ask.echo(shared, list, new Map([[shared, list]]))) as [
          object,
          unknown[],
          Map<object, unknown>,
        ];
        expect(b[0] === a && b[1] === b && c.get(a) === b).to.equal(true);
      });

      it('carries refs: in arguments, maps, props, errors, items, equal to the one that is here', async () => {
        const inside = {
          deep: new Map<unknown, unknown>([
            ['ref', carrier],
            [carrier, 1],
          ]),
        };
        expect(await carrier.ask.isSelf(carrier, inside)).to.deep.equal([true, true, true]);
        const holder = await system.spawn(Carrier, { placement, props: { value: { list: [carrier] } } });
        expect(await holder.ask.useProps('isHere')).to.equal(carrier.path);
        expect((await rejection(holder.ask.throwWith({ who: carrier }))).value).to.deep.equal({
          who: carrier,
        });
        expect(((await rejection(holder.ask.throwWith([carrier]))).value as unknown[])[0]).to.equal(carrier);
        for await (const item of holder.stream.items(carrier)) expect(item).to.equal(carrier);
        expect((await holder.ask.echo(carrier.with({ timeoutMs: 5 })))[0]).to.equal(carrier);
      });

      it('passes shared memory by reference: in props, errors, answers, items, twice in one message', async () => {
        const memory = new SharedArrayBuffer(32);
        const words = new Int32Array(memory);
        await carrier.ask.write(memory, 0, 10);
        const holder = await system.spawn(Carrier, { placement, props: { value: memory } });
        await holder.ask.writeProps(1, 11);
        const back = (await carrier.ask.echo(memory, memory, words)) as [
          SharedArrayBuffer,
          SharedArrayBuffer,
          Int32Array,
        ];
        expect(back[0] === back[1] && back[2].buffer === back[0]).to.equal(true);
        new Int32Array(back[0])[2] = 12;
        const error = await rejection(carrier.ask.throwWith({ memory }));
        new Int32Array((error.value as { memory: SharedArrayBuffer }).memory)[3] = 13;
        const failed = await rejection(
          new Promise((resolve, reject) =>
            carrier.stream.failingWith(memory).subscribe({ next: resolve, error: reject }),
          ),
        );
        new Int32Array(failed.value as SharedArrayBuffer)[4] = 14;
        expect([...words]).to.deep.equal([10, 11, 12, 13, 14, 0, 0, 0]);
      });

      it('brings the shared memory of a stream item to whoever takes it', async () => {
        const memory = new SharedArrayBuffer(8);
        for (let round = 0; round < 20; round++) {
          let items = 0;
          for await (const item of carrier.stream.items({ memory }, 1)) {
            if (items++ === 0) new Int32Array((item as { memory: SharedArrayBuffer }).memory)[0]++;
          }
          expect(items).to.equal(2);
        }
        expect(new Int32Array(memory)[0]).to.equal(20);
      });

      it('names the place of a function, deep inside, by each way', async () => {
        const args = [{ a: [{ 'b c': new Map([['k', { f: () => 1 }]]) }] }];
        const path = 'args[1].a[0]["b c"].get("k").f';
        expect(() => carrier.tell.echo(0, ...args))
          .to.throw(MessageNotSerializableError)
          .with.property('path', path);
        for (const call of [carrier.ask.echo(0, ...args), carrier.send.echo(0, ...args)]) {
          const error = await rejection(call);
          expect(error).to.be.instanceOf(MessageNotSerializableError).with.property('path', path);
          expect(error.message).to.include('this.self');
        }
        const streamed = await rejection(
          new Promise((resolve, reject) =>
            carrier.stream.items(0, ...args).subscribe({ next: resolve, error: reject }),
          ),
        );
        expect(streamed).to.be.instanceOf(MessageNotSerializableError).with.property('path', path);
      });

      it('names the place of a function in props', async () => {
        const spawned = await rejection(system.spawn(Carrier, { placement, props: { value: () => 1 } }));
        expect(spawned).to.be.instanceOf(MessageNotSerializableError);
        expect(spawned.path).to.match(/value$/);
      });

      it('of a revoked Proxy is refused', async () => {
        const { proxy: revoked, revoke } = Proxy.revocable({}, {});
        revoke();
        expect(await rejection(carrier.ask.echo({ revoked }))).to.be.instanceOf(MessageNotSerializableError);
        expect(await carrier.ask.echo(1)).to.deep.equal([1]);
      });

      it('of a Proxy or of an object with accessors is of what they give', async () => {
        const proxy = new Proxy({ a: 1 }, { get: () => 2 });
        const accessor = Object.defineProperty({}, 'x', { enumerable: true, get: () => 3 });
        expect(await carrier.ask.echo(proxy, accessor)).to.deep.equal([{ a: 2 }, { x: 3 }]);
      });
    });
  }

  it('may be of 200 MB, both ways', async function () {
    this.timeout(60_000);
    const large = await system.spawn(Carrier, { mailbox: { maxBytes: 1 << 29 } });
    expect(await large.with({ timeoutMs: 60_000 }).ask.sizeOf(Buffer.alloc(200_000_000, 1))).to.equal(
      200_000_000,
    );
    const answer = await large.with({ timeoutMs: 60_000 }).ask.big(200_000_000);
    expect(Buffer.isBuffer(answer) && answer.length === 200_000_000 && answer[199_999_999] === 7).to.equal(
      true,
    );
    await large.stop();
  });
});
