import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { KillTickets, killPlan } from '../../samples/05-code-search/chaos.js';
import { parseOptions, UsageError } from '../../samples/05-code-search/options.js';
import { readTextFile } from '../../samples/05-code-search/read-file.js';
import { MAX_FILE_BYTES } from '../../samples/05-code-search/tokenize.js';
import { walk } from '../../samples/05-code-search/walk.js';

describe('samples/05-code-search: input', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'code-search-input-'));
    await mkdir(join(folder, 'root/b/deep'), { recursive: true });
    await mkdir(join(folder, 'root/.git'));
    await mkdir(join(folder, 'outside'));
    await writeFile(join(folder, 'outside/secret.txt'), 'secret');
    await writeFile(join(folder, 'root/.git/config'), 'x');
    await writeFile(join(folder, 'root/b/deep/z.txt'), 'zed');
    await writeFile(join(folder, 'root/b/a.txt'), 'abc');
    await writeFile(join(folder, 'root/B.txt'), 'abc');
    await writeFile(join(folder, 'root/c.bin'), Buffer.from([65, 0, 66]));
    await writeFile(join(folder, 'root/large.txt'), Buffer.alloc(MAX_FILE_BYTES + 1, 'x'));
    await writeFile(join(folder, 'root/limit.txt'), Buffer.alloc(MAX_FILE_BYTES, 'x'));
    await symlink(join(folder, 'outside'), join(folder, 'root/out'));
    await symlink(join(folder, 'root'), join(folder, 'root/b/circle'));
    await symlink(join(folder, 'outside/secret.txt'), join(folder, 'root/link.txt'));
  });

  after(() => rm(folder, { recursive: true }));

  it('walks in one order, into no link and no repository', async () => {
    const { paths, links, unreadable } = await walk(join(folder, 'root'));
    expect(paths).to.eql(['B.txt', 'b/a.txt', 'b/deep/z.txt', 'c.bin', 'large.txt', 'limit.txt']);
    expect(links).to.equal(3);
    expect(unreadable).to.equal(0);
  });

  it('stops walking when it is told to', async () => {
    expect((await walk(join(folder, 'root'), AbortSignal.abort())).paths).to.eql([]);
  });

  it('reads text, and says why it does not', () => {
    const read = (path: string): unknown => readTextFile(join(folder, path));
    expect(String(read('root/b/a.txt'))).to.equal('abc');
    expect(read('root/limit.txt')).to.have.length(MAX_FILE_BYTES);
    expect(read('root/large.txt')).to.equal('too-large');
    expect(read('root/c.bin')).to.equal('binary');
    expect(read('root/link.txt')).to.equal('unreadable');
    expect(read('root/b')).to.equal('unreadable');
    expect(read('root/gone.txt')).to.equal('unreadable');
  });

  it('understands the command line', async () => {
    const root = join(folder, 'root');
    const options = await parseOptions(
      [root, '--threads', '3', '--once', '--query', 'a b', '--chaos', '2'],
      '/',
    );
    const said = { threads: 3, once: true, query: 'a b', chaos: 2 };
    expect(options).to.eql({ folder: root, port: 4600, dashboardPort: 0, ...said });
    expect((await parseOptions([], root)).folder).to.equal(root);
  });

  for (const [what, args, message] of [
    ['a folder that does not exist', ['/no/such/folder'], 'the folder "/no/such/folder" does not exist'],
    ['an empty name', [''], '"" cannot be a folder'],
    ['a name that no folder has', ['a\0b'], 'cannot be a folder'],
    ['a port out of range', ['--port', '65536'], '--port is "65536": a whole number from 0 to 65535, please'],
    ['a port that is no number', ['--port', '0x1f'], '--port is "0x1f"'],
    ['threads below zero', ['--threads', '-1'], '--threads is "-1": a whole number from 0 to 64, please'],
    ['half a thread', ['--threads=1.5'], '--threads is "1.5"'],
    ['a missing value', ['--query'], 'argument missing'],
    ['an unknown option', ['--colour'], "unknown option '--colour'"],
    ['two folders', ['/', '/'], 'too many arguments'],
    ['chaos without threads', ['--threads', '0', '--chaos', '1'], '--chaos kills threads'],
  ] as [string, string[], string][]) {
    it(`refuses ${what} in one line`, async () => {
      const error = await parseOptions(args, '/').then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(UsageError);
      expect((error as Error).message)
        .to.include(message)
        .and.not.include('\n');
    });
  }

  it('hands each kill ticket out once', () => {
    const tickets = new KillTickets();
    const elsewhere = new KillTickets(tickets.buffer);
    expect(elsewhere.take()).to.equal(false);
    tickets.issue();
    tickets.issue();
    expect([elsewhere.take(), tickets.take(), elsewhere.take()]).to.eql([true, true, false]);
    expect(tickets.taken).to.equal(2);
  });

  it('plans as many kills as were asked for, within the batches', () => {
    const plan = killPlan(50, 7);
    expect(plan).to.have.length(50);
    expect(plan.every((batch) => batch >= 0 && batch < 7)).to.equal(true);
  });
});
