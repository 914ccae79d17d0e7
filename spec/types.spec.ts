/**
 * The declarations, as a user's compiler sees them: spec/types/*.ts are compiled against what is in dist, by the
 * TypeScript versions that users have. Their `@ts-expect-error` lines fail when the error is not there.
 *
 * Which types of Node users have is not ours to say: npm gives a fresh project the newest ones.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

const entrances: Record<string, string[]> = {
  troupe: [join(root, 'dist/core/index.d.ts')],
  'troupe/queue': [join(root, 'dist/core/queue/index.d.ts')],
  'troupe/sync': [join(root, 'dist/core/queue/sync/index.d.ts')],
  'troupe/actors': [join(root, 'dist/actors/index.d.ts')],
  'troupe/testing': [join(root, 'dist/core/testing/index.d.ts')],
  'troupe/dashboard': [join(root, 'dist/core/dashboard/index.d.ts')],
};

/** A project of its own, with nothing but what `npm install troupe` would give it. */
async function project(nodeTypes: string, files: readonly string[]): Promise<string> {
  // Inside the root, so that node_modules is found; in dist, which nobody commits.
  const folder = await mkdtemp(join(root, 'dist', 'types-'));
  await mkdir(join(folder, 'types'));
  await symlink(join(root, 'node_modules', nodeTypes), join(folder, 'types/node'), 'dir');
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    module: 'nodenext',
    types: [],
    // Where a reference to `node` is looked for first.
    typeRoots: [join(folder, 'types')],
    strict: true,
    noEmit: true,
    experimentalDecorators: true,
    skipLibCheck: false,
    rootDir: root,
    paths: entrances,
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  return folder;
}

const uses = ['refs', 'messages', 'surroundings', 'dashboard', 'testing'].map((name) =>
  join(root, `spec/types/${name}.ts`),
);

/** What the compiler complains about; nothing when it is content. */
async function complaints(compiler: string, folder: string): Promise<string> {
  const tsc = join(root, 'node_modules', compiler, 'bin/tsc');
  expect(existsSync(tsc), `${compiler} is installed`).to.equal(true);
  try {
    await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: root });
    return '';
  } catch (error) {
    return (error as { stdout?: string }).stdout || String(error);
  }
}

describe('the declarations', function () {
  this.timeout(120_000);
  const folders: string[] = [];
  after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  async function compiled(compiler: string, nodeTypes: string, files = uses): Promise<string> {
    const folder = await project(nodeTypes, files);
    folders.push(folder);
    return complaints(compiler, folder);
  }

  for (const compiler of ['typescript-5', 'typescript-6', 'typescript']) {
    it(`mean what they say under ${compiler}`, async () => {
      expect(await compiled(compiler, '@types/node')).to.equal('');
    });
  }

  it('mean the same with the newest types of Node', async () => {
    expect(await compiled('typescript', 'node-types-26')).to.equal('');
  });

  for (const [entrance, files] of Object.entries(entrances)) {
    it(`of ${entrance} bring along what they need`, async () => {
      expect(await compiled('typescript', '@types/node', files)).to.equal('');
    });
  }
});
