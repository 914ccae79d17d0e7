import { expect } from 'chai';
import { IndexStore } from '../../samples/05-code-search/index-store.js';
import { MAX_QUERY_WORDS, queryWords } from '../../samples/05-code-search/query-terms.js';
import { rank } from '../../samples/05-code-search/ranking.js';
import { type Segment, SegmentBuilder } from '../../samples/05-code-search/segment.js';
import { snippetOf } from '../../samples/05-code-search/snippet.js';
import { TermTable } from '../../samples/05-code-search/term-table.js';
import { hashOf, isBinary, MAX_TERM_BYTES, termsOf } from '../../samples/05-code-search/tokenize.js';
import { VarintReader, VarintWriter } from '../../samples/05-code-search/varint.js';

const FILES: Record<string, string> = {
  'a.ts': 'export class SharedQueue {\n  put(item) {}\n}\n',
  'b.ts': "import { SharedQueue } from './a';\nconst queue = new SharedQueue();\nqueue.put(1);\n",
  'c.md': 'A queue is a line.\nqueue queue queue\n',
  'empty.txt': '',
};

function segmentOf(from: number, to: number, files = FILES): Segment {
  const builder = new SegmentBuilder();
  Object.entries(files)
    .slice(from, to)
    .forEach(([path, text], i) => {
      builder.add(from + i, path, Buffer.from(text));
    });
  return builder.finish();
}

function storeOf(...segments: Segment[]): IndexStore {
  const store = new IndexStore();
  for (const segment of segments) store.add(segment);
  return store;
}

function linesOf(store: IndexStore, term: string): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  store.visit(term, (file, lines) => {
    found[store.path(file)] = [...lines];
  });
  return found;
}

describe('samples/05-code-search: terms', () => {
  const words = (text: string): string[] => termsOf(Buffer.from(text)).map(([term]) => term);

  it('gives whole identifiers and their parts, lower-cased', () => {
    expect(words('maxItems')).to.eql(['maxitems', 'max', 'items']);
    expect(words('max_items')).to.eql(['max_items', 'max', 'items']);
    expect(words('HTTPServer')).to.eql(['httpserver', 'http', 'server']);
    expect(words('MAX_FILE')).to.eql(['max_file', 'max', 'file']);
    expect(words('__proto__')).to.eql(['__proto__', 'proto']);
    expect(words('utf8Decoder')).to.eql(['utf8decoder', 'utf8', 'decoder']);
  });

  it('counts a word without parts once', () => {
    expect(words('queue QUEUE Queue')).to.eql(['queue', 'queue', 'queue']);
  });

  it('leaves out single letters, underscores and runs that are data', () => {
    expect(words('a _ __ i = b')).to.eql(['__']);
    expect(words('x'.repeat(MAX_TERM_BYTES))).to.have.length(1);
    expect(words('x'.repeat(MAX_TERM_BYTES + 1))).to.eql([]);
  });

  it('says on which line each stands', () => {
    expect(termsOf(Buffer.from('one\n\ntwo three\r\nfour'))).to.eql([
      ['one', 1],
      ['two', 3],
      ['three', 3],
      ['four', 4],
    ]);
  });

  it('keeps letters beyond ASCII and splits at signs', () => {
    expect(words('Straße “café”—naïve')).to.eql(['straße', 'café', 'naïve']);
  });

  it('survives any bytes', () => {
    for (let seed = 1; seed < 50; seed++) {
      const noise = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * seed * 31) & 255));
      expect(() => termsOf(noise)).not.to.throw();
    }
    expect(termsOf(Buffer.from([0xe2]))).to.eql([]);
    expect(termsOf(Buffer.alloc(0))).to.eql([]);
  });

  it('knows binary files by their NUL bytes', () => {
    expect(isBinary(Buffer.from('text'))).to.equal(false);
    expect(isBinary(Buffer.from('te\0xt'))).to.equal(true);
  });
});

describe('samples/05-code-search: tables', () => {
  it('numbers each distinct term once, however many there are', () => {
    const table = new TermTable();
    const intern = (text: string): number => {
      const bytes = Buffer.from(text);
      return table.intern(bytes, 0, bytes.length, hashOf(bytes, 0, bytes.length));
    };
    const ids = Array.from({ length: 20_000 }, (_, i) => intern(`Term${i}`));
    expect(ids).to.eql(ids.map((_, i) => i));
    expect(intern('TERM77')).to.equal(77);
    expect(table.find('term19999')).to.equal(19_999);
    expect(table.find('absent')).to.equal(-1);
    expect(table.text(4242)).to.equal('term4242');
    expect(table.startingWith('term1999', 3)).to.eql(['term1999', 'term19990', 'term19991']);
    table.clear();
    expect(table.size).to.equal(0);
    expect(table.find('term77')).to.equal(-1);
  });

  it('reads back the numbers it wrote', () => {
    const numbers = [0, 1, 127, 128, 16_383, 16_384, 2 ** 21, 2 ** 31, 2 ** 32 - 1];
    const writer = new VarintWriter();
    for (const number of numbers) writer.write(number);
    const bytes = writer.take();
    const reader = new VarintReader();
    reader.seek(bytes, 0, bytes.length);
    expect(numbers.map(() => reader.read())).to.eql(numbers);
    expect(reader.isAtEnd).to.equal(true);
  });
});

describe('samples/05-code-search: index', () => {
  it('finds each occurrence with its line', () => {
    const store = storeOf(segmentOf(0, 4));
    expect(linesOf(store, 'sharedqueue')).to.eql({ 'a.ts': [1], 'b.ts': [1, 2] });
    expect(linesOf(store, 'queue')).to.eql({ 'a.ts': [1], 'b.ts': [1, 2, 2, 3], 'c.md': [1, 2, 2, 2] });
    expect(linesOf(store, 'absent')).to.eql({});
    expect(store.size.files).to.equal(4);
  });

  it('is the same whatever the order and the size of the segments', () => {
    const whole = storeOf(segmentOf(0, 4)).digest();
    expect(storeOf(segmentOf(0, 2), segmentOf(2, 4)).digest()).to.equal(whole);
    expect(storeOf(segmentOf(3, 4), segmentOf(1, 3), segmentOf(0, 1)).digest()).to.equal(whole);
  });

  it('counts a file that comes twice once', () => {
    const once = storeOf(segmentOf(0, 4));
    const twice = storeOf(segmentOf(0, 2), segmentOf(0, 2), segmentOf(1, 4));
    expect(twice.digest()).to.equal(once.digest());
    expect(twice.size).to.eql({ ...once.size, repeated: 3 });
    expect(linesOf(twice, 'queue')).to.eql(linesOf(once, 'queue'));
  });

  it('tells different files apart', () => {
    const digest = storeOf(segmentOf(0, 4)).digest();
    const moved = { ...FILES, 'c.md': `\n${FILES['c.md']}` };
    expect(storeOf(segmentOf(0, 4, moved)).digest()).not.to.equal(digest);
    expect(storeOf(segmentOf(0, 3)).digest()).not.to.equal(digest);
  });

  it('answers while it is empty', () => {
    const store = new IndexStore();
    expect(rank(store, queryWords('queue'), 5)).to.eql({ hits: [], total: 0, terms: [] });
    expect(store.digest()).to.match(/^[0-9a-f]{64}$/);
  });

  it('takes more terms and files than its first arrays hold', () => {
    const store = new IndexStore();
    const builder = new SegmentBuilder();
    for (let file = 0; file < 3000; file++) {
      builder.add(file, `f${file}`, Buffer.from(`only${file} shared`));
      if (builder.isFull || file % 1000 === 999) store.add(builder.finish());
    }
    expect(store.size.files).to.equal(3000);
    expect(store.size.terms).to.equal(3001);
    expect(linesOf(store, 'only2999')).to.eql({ f2999: [1] });
    expect(Object.keys(linesOf(store, 'shared'))).to.have.length(3000);
  });
});

describe('samples/05-code-search: ranking', () => {
  const store = storeOf(segmentOf(0, 4));
  const paths = (text: string): string[] => rank(store, queryWords(text), 10).hits.map(({ path }) => path);

  it('puts the file with most of the words first', () => {
    expect(paths('SharedQueue import')).to.eql(['b.ts', 'a.ts']);
    expect(paths('queue line')[0]).to.equal('c.md');
  });

  it('shows the lines with most of the words first', () => {
    expect(
      rank(store, queryWords('queue put'), 10).hits.find(({ path }) => path === 'b.ts')?.lines[0],
    ).to.equal(3);
  });

  it('completes a word that nobody wrote, and takes its parts', () => {
    expect(rank(store, queryWords('sharedq'), 10).terms).to.eql(['sharedqueue']);
    expect(paths('queue_line')[0]).to.equal('c.md');
  });

  it('gives the best of many, and how many there are', () => {
    const { hits, total } = rank(store, queryWords('queue'), 1);
    expect(hits).to.have.length(1);
    expect(total).to.equal(3);
  });

  it('answers nothing, very much, and control characters', () => {
    expect(queryWords('')).to.eql([]);
    expect(queryWords(' \u0000\u001b\n ')).to.eql([]);
    const long = Array.from({ length: 2000 }, (_, i) => `word${i}`).join(' ');
    expect(queryWords(long)).to.have.length(MAX_QUERY_WORDS);
    expect(rank(store, queryWords(long), 5).hits).to.eql([]);
    expect(rank(store, queryWords(`${'x'.repeat(10_240)} queue`), 5).total).to.equal(3);
  });
});

describe('samples/05-code-search: snippets', () => {
  const marked = (source: string, ...terms: string[]): string[] => {
    const { text, ranges } = snippetOf(1, source, new Set(terms));
    return ranges.map(([start, end]) => text.slice(start, end));
  };

  it('marks whole identifiers, and parts where only those were meant', () => {
    expect(marked('  new SharedQueue(queue)', 'sharedqueue', 'queue')).to.eql(['SharedQueue', 'queue']);
    expect(marked('new SharedQueue()', 'queue')).to.eql(['Queue']);
    expect(marked('naïve “queue” 😀 queue', 'queue')).to.eql(['queue', 'queue']);
  });

  it('trims, and cuts long lines around the first match', () => {
    expect(snippetOf(7, '\t  const queue;  ', new Set())).to.eql({
      line: 7,
      text: 'const queue;',
      ranges: [],
    });
    const { text } = snippetOf(1, `${'pad '.repeat(200)}queue${' pad'.repeat(200)}`, new Set(['queue']));
    expect(text.length).to.be.at.most(162);
    expect(text).to.match(/^….*queue.*…$/);
    expect(marked(`${'pad '.repeat(200)}queue`, 'queue')).to.eql(['queue']);
  });

  it('lets no control character through', () => {
    expect(snippetOf(1, 'a\u001b[31m\u202eb\u0007', new Set()).text).to.equal('a [31m b');
  });
});
