/** Some seconds of the soak; `npm run soak -- --minutes 30` plays it for longer. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

describe('a system in which actors come, work, die and go', function () {
  this.timeout(60_000);

  it('has as much of the arena, as many threads, handles and actors in the end as it had before', async function () {
    this.timeout(300_000);
    const { stdout, stderr } = await run('--minutes', '0.1', '--seed', '5').catch((failed) => failed);
    // What the process and its heap keep takes longer than this to settle.
    for (const what of ['arena in use', 'threads', 'handles', 'actors']) {
      expect(stdout, stderr).to.match(new RegExp(`^${what}: .*, in the end [^:]*$`, 'm'));
    }
    expect(stdout).to.match(/^handles left behind by the system 0$/m);
    const [, crashed] = /^crashed (\d+)$/m.exec(stdout) ?? [];
    expect(Number(crashed)).to.be.greaterThan(5);
  });

  it('is asked for by a number of minutes', async () => {
    const { code, stderr } = await run('--minutes', 'many').catch((failed) => failed);
    expect(code).to.equal(2);
    expect(stderr).to.contain("argument 'many' is invalid. It takes a number above 0.");
  });
});
