import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Engine, type Outcome } from '../../samples/05-code-search/engine.js';
import { walk } from '../../samples/05-code-search/walk.js';

const MAIN = fileURLToPath(new URL('../../samples/05-code-search/main.js', import.meta.url));
const FOLDERS = 12;
const FILES_PER_FOLDER = 25;

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'exit'),
  ]);
  return { code, out, err };
}

/** Resolves to the first match in what the child says on standard error, and goes on reading it. */
function said(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let all = '';
    child.stderr!.on('data', (chunk) => {
      all += chunk;
      const match = pattern.exec(all);
      if (match !== null) resolve(match);
    });
    child.once('exit', () => reject(new Error(`it ended without saying ${pattern}, but: ${all}`)));
  });
}

async function makeTree(root: string): Promise<void> {
  for (let folder = 0; folder < FOLDERS; folder++) {
    await mkdir(join(root, `part${folder}`), { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file++) {
      const lines = Array.from(
        { length: 40 },
        (_, line) => `const value${line}Of${file} = makeQueue(${folder});`,
      );
      await writeFile(join(root, `part${folder}`, `file${file}.ts`), lines.join('\n'));
    }
  }
  await writeFile(join(root, 'needle.ts'), '// first\nexport function findTheNeedle() {}\n');
  await writeFile(join(root, 'image.bin'), Buffer.alloc(100));
}

describe('samples/05-code-search: indexing', function () {
  this.timeout(60_000);
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'code-search-'));
    await makeTree(root);
  });

  after(() => rm(root, { recursive: true }));

  async function index(
    threads: number,
    chaos: number,
  ): Promise<Outcome & { digest: string; restarts: number }> {
    await using engine = await Engine.start({ root, threads, chaos });
    const outcome = await engine.indexFiles((await walk(root)).paths, new AbortController().signal);
    const restarts = engine.system.metrics().actors.reduce((sum, actor) => sum + actor.restarts, 0);
    return { ...outcome, digest: await engine.digest(), restarts };
  }

  it('comes to the same index inline, on threads, and while threads are killed', async () => {
    const inline = await index(0, 0);
    const threads = await index(2, 0);
    const chaos = await index(2, 5);
    expect(inline.size.files).to.equal(FOLDERS * FILES_PER_FOLDER + 1);
    expect(inline.binary).to.equal(1);
    expect(threads.digest).to.equal(inline.digest);
    expect(chaos.digest).to.equal(inline.digest);
    expect(chaos.killed).to.equal(5);
    expect(chaos.restarts).to.be.at.least(5);
    expect(chaos.lost).to.equal(0);
    expect(chaos.firstFailure).to.equal(undefined);
  });

  it('stops early when it is told to, with an index of what was read', async () => {
    await using engine = await Engine.start({ root, threads: 2, chaos: 0 });
    const stop = new AbortController();
    const outcome = await engine.indexFiles((await walk(root)).paths, stop.signal, () => stop.abort());
    expect(outcome.size.files)
      .to.be.greaterThan(0)
      .and.lessThan(FOLDERS * FILES_PER_FOLDER);
    expect(outcome.lost).to.equal(0);
  });
});

describe('samples/05-code-search: program', function () {
  this.timeout(60_000);
  let root: string;
  const children: ChildProcess[] = [];
  const begin = (...args: string[]): ChildProcess => {
    const child = start(...args);
    children.push(child);
    return child;
  };

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'code-search-'));
    await makeTree(root);
    await mkdir(join(root, 'empty'));
  });

  after(() => rm(root, { recursive: true }));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('prints what it finds, and exits', async () => {
    const { code, out, err } = await ended(begin(root, '--once', '--query', 'findTheNeedle', '--chaos', '1'));
    expect(err).to.include('chaos: 1 tokenizer thread killed; 301 files in the index, nothing lost');
    expect(err).to.include('skipped: 1 binary');
    expect(out).to.equal('needle.ts:2: export function findTheNeedle() {}\n');
    expect(code).to.equal(0);
  });

  it('runs inline, and answers a query of nothing', async () => {
    const { code, out, err } = await ended(begin(root, '--once', '--threads', '0', '--query', ' \u001b '));
    expect(err).to.include('nothing to search for');
    expect(out).to.equal('');
    expect(code).to.equal(0);
  });

  it('says in one line what is wrong, and exits with 2', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const { port } = busy.address() as { port: number };
    for (const [args, line] of [
      [['/no/such/folder'], 'error: the folder "/no/such/folder" does not exist\n'],
      [[join(root, 'empty')], `error: the folder "${join(root, 'empty')}" has no files\n`],
      [['--threads', 'many'], 'error: --threads is "many": a whole number from 0 to 64, please\n'],
      [[root, '--port', `${port}`], `error: port ${port} is in use: name another one with --port\n`],
      [
        [root, '--port', '0', '--dashboard-port', `${port}`],
        `error: port ${port} is in use: name another one with --dashboard-port\n`,
      ],
    ] as [string[], string][]) {
      expect(await ended(begin(...args))).to.eql({ code: 2, out: '', err: line });
    }
    busy.close();
  });

  it('serves page, answers and counters, and drains at Ctrl-C', async () => {
    const child = begin(root, '--port', '0');
    const [, url] = await said(child, /(http:\S+) /);
    expect(await (await fetch(url)).text()).to.include('<title>Code search</title>');
    expect((await fetch(`${url}style.css`)).headers.get('content-type')).to.include('text/css');
    expect((await fetch(`${url}absent`)).status).to.equal(404);

    const events = await fetch(`${url}events`);
    const reader = events.body!.getReader();
    const { value } = await reader.read();
    const live = JSON.parse(Buffer.from(value!).toString().replace('data: ', ''));
    expect(live.actors.map(({ path }: { path: string }) => path)).to.include('/index');
    expect(await (await fetch(live.dashboard)).text()).to.include('<title>Troupe</title>');

    for (const query of [
      '',
      'x'.repeat(10_240),
      '字'.repeat(10_240),
      '\u0000\u0007\u001b[31m',
      '%',
      '__proto__',
    ]) {
      const answer = await fetch(`${url}search?q=${encodeURIComponent(query)}`);
      expect(answer.status).to.equal(200);
      expect(await answer.json()).to.have.keys('words', 'total', 'results', 'tookMs');
    }

    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect((await exit)[0]).to.equal(0);
    await reader.cancel().catch(() => {});
  });

  it('drains at Ctrl-C while it indexes', async () => {
    const child = begin('--port', '0');
    await said(child, /http:/);
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    expect((await exit)[0]).to.equal(0);
  });
});
