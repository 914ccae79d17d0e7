/**
 * The short run of the model checker: all programs within small bounds, and every planted fault. In a process of its
 * own, since a thread that is stopped leaves rejections behind. The long run: `npm run model`.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Found } from './explore.js';
import { faults } from './faults.js';
import { programs } from './programs/index.js';

interface Line {
  readonly program?: string;
  readonly fault?: string;
  readonly complete?: boolean;
  readonly ends?: number;
  readonly found?: Found;
}

function run(args: readonly string[], done: (error: Error | undefined, lines: Line[]) => void): void {
  const main = join(import.meta.dirname, 'main.js');
  execFile(process.execPath, [main, '--short', '--json', ...args], (_error, stdout, stderr) => {
    const lines = stdout.split('\n').filter((line) => line !== '');
    done(
      stderr === '' ? undefined : new Error(stderr),
      lines.map((line) => JSON.parse(line) as Line),
    );
  });
}

/** Small ones, in which threads meet at some words and not at others. */
const TRIED_EVERYWHERE = [
  'mutex: three, each once',
  'pool: two tell, one works',
  'stack: two put, one takes two, room for one',
];

describe('the model checker', function () {
  this.timeout(300_000);
  let lines: Line[] = [];

  before((done) => {
    run([], (error, all) => {
      lines = all;
      done(error);
    });
  });

  for (const { name, short } of programs) {
    if (short === false) continue;
    it(`finds nothing wrong in "${name}"`, () => {
      const line = lines.find(({ program }) => program === name);
      expect(line?.found).to.equal(undefined);
      expect(line?.complete).to.equal(true);
    });
  }

  for (const name of TRIED_EVERYWHERE) {
    it(`comes to no other ends when threads are switched everywhere in "${name}"`, (done) => {
      run(['--everywhere', '--only', name], (error, [line]) => {
        if (error !== undefined) return done(error);
        const { ends } = lines.find(({ program }) => program === name) ?? {};
        expect(line.complete).to.equal(true);
        expect(line.ends).to.be.greaterThan(10).and.to.equal(ends);
        done();
      });
    });
  }

  for (const { name } of faults) {
    it(`finds it when ${name}`, () => {
      expect(lines.find(({ fault }) => fault === name)?.found).to.have.property('schedule');
    });
  }
});
