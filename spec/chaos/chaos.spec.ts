/** Short pieces of the chaos; `npm run chaos -- --kills 10000` plays it for longer. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const program = fileURLToPath(new URL('./main.js', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args]);

/** Each line that ends with a number, and each part of one. */
function figuresIn(text: string): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const part of text.trim().split(/\n|, /)) {
    const [, name, figure] = /^(.*) (\d+)$/.exec(part) ?? [];
    if (name !== undefined) figures[name] = Number(figure);
  }
  return figures;
}

const none = (...names: string[]): Record<string, number> =>
  Object.fromEntries(names.map((name) => [name, 0]));

describe('threads that are killed at random', function () {
  this.timeout(60_000);

  it('while they use queues and locks lose nothing, double nothing, and leave nobody waiting', async function () {
    this.timeout(300_000);
    const { stdout, stderr } = await run('queues', '--kills', '60', '--seed', '3').catch((failed) => failed);
    const figures = figuresIn(stdout);
    expect(figures, stderr).to.include({ seed: 3, kills: 60 });
    expect(figures, stderr).to.include(
      none('lost', 'duplicated', 'stuck', 'out of order', 'half changed', 'too many inside', 'failed'),
    );
    expect(figures.items).to.be.greaterThan(1000);
  });

  it('while they are actors lose no message, handle none twice, leave no ask open and no memory behind', async function () {
    this.timeout(300_000);
    const { stdout, stderr } = await run('actors', '--kills', '40', '--seed', '3').catch((failed) => failed);
    const figures = figuresIn(stdout);
    expect(figures, stderr).to.include({ seed: 3 });
    expect(figures, stderr).to.include(
      none('lost', 'duplicated', 'hung', 'stuck', 'leaked threads', 'leaked bytes', 'out of order'),
    );
    expect(figures, stderr).to.include(
      none(
        'gaps in streams',
        'wrong dead letters',
        'wrong ends',
        'words after an end',
        'names not free',
        'surprises',
      ),
    );
    expect(figures.kills, stderr).to.be.at.least(40);
    expect(figures.handled).to.be.greaterThan(500);
  });

  it('are asked for by whole numbers, and of one kind or both', async () => {
    const { code, stderr } = await run('--kills', 'many').catch((failed) => failed);
    expect(code).to.equal(2);
    expect(stderr).to.contain("argument 'many' is invalid. It takes a whole number from 1.");
    const other = await run('processes', '--kills', '10').catch((failed) => failed);
    expect(other.code).to.equal(2);
    expect(other.stderr).to.contain("'processes' is invalid");
  });
});
