/**
 * A project as users have one: a folder outside of this repository, with the package's peers and dependencies in node_modules.
 * They are linked, since an npm install would need a network.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);
const PEERS = ['rxjs', 'tsyringe', 'reflect-metadata', 'pino', 'tsx', '@types/node', 'undici-types', 'uplot'];

/** The compiler, to be run by Node. */
export const TSC = join(root, 'node_modules/typescript/bin/tsc');

export class UserProject {
  private constructor(readonly folder: string) {}

  static async create(): Promise<UserProject> {
    const project = new UserProject(await realpath(await mkdtemp(join(tmpdir(), 'troupe-user-'))));
    for (const name of PEERS) await project.link(name, join(root, 'node_modules', name));
    await project.put({ 'package.json': '{ "type": "module", "private": true }' });
    return project;
  }

  async link(name: string, target: string): Promise<void> {
    const path = join(this.folder, 'node_modules', name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path, 'dir');
  }

  async put(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, name)), { recursive: true });
      await writeFile(join(this.folder, name), text);
    }
  }

  /** Runs Node in the project, and gives what it printed. It has to end by itself. */
  async node(args: readonly string[], within = ''): Promise<string> {
    try {
      const options = { cwd: join(this.folder, within), timeout: 30_000 };
      return (await run(process.execPath, args, options)).stdout;
    } catch (error) {
      const { message, stdout, stderr } = error as { message: string; stdout?: string; stderr?: string };
      throw new Error([message, stdout, stderr].join('\n'));
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
