/** A short piece of the chaos; `npm run chaos -- --kills 10000` plays it for longer. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

describe('threads that are killed at random', () => {
  it('lose nothing, double nothing, and leave nobody waiting', async function () {
    this.timeout(180_000);
    const { stdout, stderr } = await run('--kills', '60', '--seed', '3').catch((failed) => failed);
    const figures = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line: string) => /^(.*) (\d+)$/.exec(line)?.slice(1) ?? [line, '']),
    );
    expect(figures, stderr).to.include({ seed: '3', kills: '60', lost: '0', duplicated: '0', stuck: '0' });
    expect(stdout).to.contain('out of order 0, half changed 0, too many inside 0, failed 0');
    expect(Number(figures.items)).to.be.greaterThan(1000);
  });

  it('are asked for by whole numbers', async () => {
    const { code, stderr } = await run('--kills', 'many').catch((failed) => failed);
    expect(code).to.equal(2);
    expect(stderr).to.contain('--kills takes a whole number');
  });
});
