import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs one of `programs.ts` in a process of its own, to its end. */
export async function runProgram(name: string): Promise<{ code: unknown; out: string }> {
  const program = new URL('./programs.js', import.meta.url).pathname;
  const node = spawn(process.execPath, [program, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  node.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const [code] = await once(node, 'close');
  return { code, out };
}
