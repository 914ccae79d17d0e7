/**
 * An arm: a program that does the work of a suite, and prints as its last line `{ "value": … }`, once it has checked
 * that all that was sent was processed. One that lost something ends with an error, and has no row.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('..', import.meta.url));
const onPath = (name) => process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, name)));

/** Why the arm cannot run here; undefined when it can. */
export function absence({ program = 'node', peer, node = 0 }) {
  if (program !== 'node' && !onPath(program)) return `${program} is not on the PATH`;
  if (peer !== undefined && !existsSync(join(here, 'node_modules', peer)))
    return `${peer} is not installed: npm ci --prefix bench`;
  if (Number(process.versions.node.split('.')[0]) < node) return `needs Node ${node}`;
  return undefined;
}

/** For an arm that does not say. */
const TIMEOUT_MS = 180_000;

const PROGRAMS = {
  node: (file, args) => [process.execPath, [file, ...args]],
  python3: (file, args) => ['python3', [file, ...args]],
  erl: (file, args) => ['escript', [file, ...args]],
  go: (file, args) => ['go', ['run', file, ...args]],
};

/** What one run gave: numbers by the name of their column, which is '' where there is one only. */
export async function runArm({ file, args = [], program = 'node', timeoutMs = TIMEOUT_MS }) {
  const [command, all] = PROGRAMS[program](join(here, 'arms', file), args.map(String));
  const { stdout } = await run(command, all, { cwd: here, timeout: timeoutMs, maxBuffer: 1 << 24 }).catch(
    (error) => {
      throw error.killed ? new Error(`took longer than ${timeoutMs / 1000} s`) : error;
    },
  );
  const { value } = JSON.parse(stdout.trim().split('\n').at(-1));
  const values = typeof value === 'number' ? { '': value } : value;
  if (!Object.values(values).every((one) => one > 0)) throw new Error(`${file} gave no value:\n${stdout}`);
  return values;
}
