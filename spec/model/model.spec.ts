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
  readonly found?: Found;
}

describe('the model checker', function () {
  this.timeout(120_000);
  let lines: Line[] = [];

  before((done) => {
    const main = join(import.meta.dirname, 'main.js');
    execFile(process.execPath, [main, '--short', '--json'], (_error, stdout, stderr) => {
      lines = stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line);
      done(stderr === '' ? undefined : new Error(stderr));
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

  for (const { name } of faults) {
    it(`finds it when ${name}`, () => {
      expect(lines.find(({ fault }) => fault === name)?.found).to.have.property('schedule');
    });
  }
});
