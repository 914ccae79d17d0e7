import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { CorruptRecordError } from '../../core/errors.js';
import { Decoder, Encoder } from '../../core/messaging/codec/codec.js';
import { ShapeTable } from '../../core/messaging/shape-table.js';
import { noHooks, sharedTable, wire } from './support/codec-tools.js';

const entries = (table: ReturnType<typeof sharedTable>): number => Atomics.load(table.i32, table.countIndex);

describe('shape table', () => {
  it('gives every thread the same number for the same name', () => {
    const shared = sharedTable();
    const one = new ShapeTable(shared);
    const other = new ShapeTable(shared);
    expect(one.methodId('add')).to.equal(0);
    expect(other.methodId('total')).to.equal(1);
    expect(other.methodId('add')).to.equal(0);
    expect(one.methodId('total')).to.equal(1);
    expect([other.methodName(0), one.methodName(1)]).to.deep.equal(['add', 'total']);
    expect(entries(shared)).to.equal(2);
  });

  it('keeps shapes apart by keys and their order', () => {
    const shared = sharedTable();
    const table = new ShapeTable(shared);
    const keys = [[], ['a'], ['a', 'b'], ['b', 'a'], ['a,b'], ['日本', '\ud800'], ['__proto__'], ['']];
    const ids = keys.map((each) => table.shapeId(each));
    expect(new Set(ids).size).to.equal(keys.length);
    const reader = new ShapeTable(shared);
    expect(ids.map((id) => reader.shape(id).keys)).to.deep.equal(keys);
  });

  it('does not mistake a method for a shape', () => {
    const table = new ShapeTable(sharedTable());
    const method = table.methodId('add');
    const shape = table.shapeId(['add']);
    expect(() => table.shape(method)).to.throw(CorruptRecordError);
    expect(() => table.methodName(shape)).to.throw(CorruptRecordError);
    expect(() => table.methodName(99)).to.throw(CorruptRecordError);
    expect(() => table.methodName(-1)).to.throw(CorruptRecordError);
  });

  it('waits for a later use while another thread holds the lock', () => {
    const shared = sharedTable();
    const table = new ShapeTable(shared);
    shared.tryLock();
    expect(table.methodId('add')).to.equal(-1);
    shared.unlock();
    expect(table.methodId('add')).to.equal(0);
  });

  it('says so when it is full, and keeps a share for method names', () => {
    const shared = sharedTable({ maxEntries: 8 });
    const table = new ShapeTable(shared);
    const shapes = Array.from({ length: 20 }, (_, i) => table.shapeId([`key${i}`]));
    expect(shapes.filter((id) => id >= 0)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect([table.methodId('a'), table.methodId('b'), table.methodId('c')]).to.deep.equal([6, 7, -1]);
    expect(table.shapeId(['key0'])).to.equal(0);
  });

  it('never writes past its heap', () => {
    const shared = sharedTable({ heapWords: 100 });
    const table = new ShapeTable(shared);
    for (let i = 0; i < 50; i++) table.methodId(`a long method name, number ${i}`);
    expect(entries(shared)).to.be.within(1, 10);
    expect(shared.i32[shared.heapNext]).to.be.at.most(shared.heapEnd);
  });

  it('ignores what a thread wrote that died before it published', () => {
    const shared = sharedTable();
    new ShapeTable(shared).methodId('first');
    const free = shared.i32[shared.heapNext];
    shared.i32.fill(-1, free, free + 50);
    shared.i32[shared.directory + 1] = free;
    const table = new ShapeTable(shared);
    expect(() => table.methodName(1)).to.throw(CorruptRecordError);
    expect(table.methodId('second')).to.equal(1);
    expect(new ShapeTable(shared).methodName(1)).to.equal('second');
  });

  it('survives entries that are damaged', () => {
    const shared = sharedTable();
    new ShapeTable(shared).shapeId(['a', 'b']);
    const entry = shared.i32[shared.directory];
    for (const [at, word] of [
      [entry, 7],
      [entry + 1, 1000],
      [entry + 2, 0x7fffffff],
      [shared.directory, -5],
    ]) {
      const before = shared.i32[at];
      shared.i32[at] = word;
      expect(() => new ShapeTable(shared).shape(0)).to.throw(CorruptRecordError);
      shared.i32[at] = before;
    }
    shared.i32[shared.countIndex] = 1 << 30;
    expect(() => new ShapeTable(shared).shape(0)).to.throw(CorruptRecordError);
  });
});

describe('codec: shapes', () => {
  it('interns a shape once it has been used often, and sends less from then on', () => {
    const { encoder, send, table } = wire();
    send({ type: 'inc', n: 1 });
    const first = encoder.position;
    expect(entries(table)).to.equal(0);
    for (let i = 0; i < 10; i++) expect(send({ type: 'inc', n: i })).to.deep.equal({ type: 'inc', n: i });
    expect(entries(table)).to.equal(1);
    expect(encoder.position).to.be.below(first);
  });

  it('never interns maps keyed by user data', () => {
    const { send, table } = wire();
    for (let i = 0; i < 300; i++) {
      const map = { [`user-${i}`]: 1, [`other-${i}`]: 2 };
      expect(send(map)).to.deep.equal(map);
    }
    const wide = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i]));
    for (let i = 0; i < 50; i++) expect(send(wide)).to.deep.equal(wide);
    expect(entries(table)).to.equal(0);
  });

  it('finds its shapes again after a flood of others', () => {
    const { send, table } = wire();
    const use = (): void => {
      for (let i = 0; i < 10; i++) send({ steady: i });
    };
    use();
    for (let i = 0; i < 20_000; i++) send({ [`flood-${i}`]: i });
    use();
    expect(entries(table)).to.equal(1);
  });

  it('works on when the table is full or locked', () => {
    const { send, table } = wire(noHooks, { maxEntries: 2 });
    for (let kind = 0; kind < 10; kind++) {
      for (let i = 0; i < 20; i++) expect(send({ [`k${kind}`]: i })).to.deep.equal({ [`k${kind}`]: i });
    }
    table.tryLock();
    for (let i = 0; i < 20; i++) expect(send({ locked: i })).to.deep.equal({ locked: i });
  });

  it('keeps the key __proto__ a key, interned and compiled', () => {
    const { send } = wire();
    for (let i = 0; i < 30; i++) {
      const arrived = send(JSON.parse(`{"a":1,"__proto__":{"polluted":${i}}}`));
      expect(Object.getPrototypeOf(arrived)).to.equal(Object.prototype);
      expect(Object.keys(arrived)).to.deep.equal(['a', '__proto__']);
    }
  });

  it('compiles keys that look like code as keys', () => {
    const { send } = wire();
    const odd = {
      '"]: 1 }; throw 1; ({ ["': 1,
      'a\u2028b': 2,
      '\\': 3,
      '\n': 4,
      constructor: 5,
      '`${x}`': 6,
    };
    for (let i = 0; i < 30; i++) expect(send(odd)).to.deep.equal(odd);
  });

  it('does without code generation where that is switched off', async () => {
    const tools = new URL('./support/codec-tools.js', import.meta.url).href;
    const source = `
      import { parentPort } from 'node:worker_threads';
      import v8 from 'node:v8';
      v8.setFlagsFromString('--disallow-code-generation-from-strings');
      const { wire } = await import(${JSON.stringify(tools)});
      const { send } = wire();
      let arrived;
      for (let i = 0; i < 30; i++) arrived = send({ a: i, b: [i] });
      parentPort.postMessage(arrived);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    const [arrived] = await once(worker, 'message');
    await worker.terminate();
    expect(arrived).to.deep.equal({ a: 29, b: [29] });
  });

  it('lets one thread read what another one interned', async () => {
    const table = sharedTable();
    const tools = new URL('./support/codec-tools.js', import.meta.url).href;
    const source = `
      import { parentPort, workerData } from 'node:worker_threads';
      import { wire } from ${JSON.stringify(tools)};
      const { encoder, send } = wire(undefined, { buffer: workerData });
      for (let i = 0; i < 20; i++) send({ from: 'worker', i });
      parentPort.postMessage(encoder.words.slice(0, encoder.position));`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: table.i32.buffer,
    });
    const [words] = (await once(worker, 'message')) as [Int32Array];
    await worker.terminate();
    const decoder = new Decoder(new ShapeTable(table), noHooks);
    decoder.begin(words, new Uint8Array(words.buffer), 0, words.length, undefined);
    expect(decoder.value()).to.deep.equal({ from: 'worker', i: 19 });
    expect(entries(table)).to.equal(1);
    const encoder = new Encoder(new ShapeTable(table), noHooks);
    for (let i = 0; i < 20; i++) {
      encoder.begin();
      encoder.value({ from: 'here', i });
    }
    expect(entries(table)).to.equal(1);
  });
});
