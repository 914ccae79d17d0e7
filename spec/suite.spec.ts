/** `npm test` plays the suite in shares side by side: none of them fails, dies or stays without being told of. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';

const SUITE = join(import.meta.dirname, '../../.ci/suite.mjs');

/** What such specs do is mocha's to find out; each file is a share. */
const FAILS = `describe('a', () => { it('good', () => {}); it('bad', () => { throw new Error('boom'); }); });`;
const DIES = `describe('b', () => { it('good', () => {}); it('dead', () => process.exit(0)); });`;
const STAYS = `describe('c', () => { it('good', () => { setInterval(() => {}, 1000); }); });`;
const ONLY = `describe('d', () => { it.only('good', () => {}); });`;
const SKIPS = `describe('e', () => { it('good', () => {}); it.skip('later', () => {}); });`;
const HANGS = `import { writeFileSync } from 'node:fs';
it('hangs', (done) => { writeFileSync('begun', String(process.pid)); setInterval(() => {}, 1000); });`;

describe('the suite', () => {
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  function start(specs: readonly string[], args: readonly string[] = [], env: object = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-suite-'));
    folders.push(folder);
    mkdirSync(join(folder, 'dist/spec'), { recursive: true });
    const files: Record<string, string> = {
      'package.json': '{ "type": "module" }',
      '.mocharc.json': '{ "spec": ["dist/spec/**/*.spec.js"], "timeout": 60000, "forbid-only": true }',
    };
    for (const [at, text] of specs.entries()) files[`dist/spec/share-${at}/its.spec.js`] = text;
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const options = { cwd: folder, env: { ...process.env, ...env } };
    return { folder, child: spawn(process.execPath, [SUITE, ...args], options) };
  }

  /** What it says in the end, and the code that it ends with. */
  async function endOf({ child }: { readonly child: ChildProcess }) {
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    const [code] = await once(child, 'close');
    return { code, end: output.slice(output.indexOf('=== the suite')) };
  }

  it('adds up its shares, and says what has failed, also where a share has died or may not be run', async () => {
    const { code, end } = await endOf(start([FAILS, DIES, ONLY, SKIPS]));
    expect(code).to.equal(1);
    expect(end).to.match(/^ {2}2 passing \(\d+s\)\n {2}1 pending\n {2}3 failing$/m);
    expect(end).to.match(/failed in dist\/spec\/share-0\n.*\n* +1\) a\n +bad:\n +Error: boom/);
    expect(end).to.match(/failed in dist\/spec\/share-1\n +it ended with code 0 and without its sum/);
    expect(end).to.match(/failed in dist\/spec\/share-2\n[\s\S]*`.only` forbidden/);
  });

  it('is good when all are, and hands on what mocha is to be told', async () => {
    const { code, end } = await endOf(start([FAILS, DIES], ['-g', 'good']));
    expect(end).to.match(/^=== the suite\n\n {2}2 passing \(\d+s\)\n$/);
    expect(code).to.equal(0);
  });

  it('is not good when there is none', async () => {
    const { code, end } = await endOf(start([]));
    expect(end).to.match(/ 0 passing/);
    expect(code).to.equal(1);
  });

  it('ends a share that has told its sum and left something open', async () => {
    const { code, end } = await endOf(start([STAYS], [], { TROUPE_SUITE_END_MS: '100' }));
    expect(code).to.equal(1);
    expect(end).to.match(/^ {2}1 passing \(\d+s\)\n {2}1 failing\n\n--- failed in .*\n +it did not end/m);
  });

  it('ends with its shares when it is interrupted', async () => {
    const { folder, child } = start([HANGS]);
    const begun = join(folder, 'begun');
    const pid = await eventually(() => existsSync(begun) && Number(readFileSync(begun, 'utf8')), Boolean);
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    expect(code).to.equal(130);
    await eventually(
      () => isAlive(Number(pid)),
      (alive) => !alive,
    );
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
