/** The lessons print what stands beside them. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const compiled = join(import.meta.dirname, '../../samples');
const sources = join(import.meta.dirname, '../../../samples');
const lessons = readdirSync(sources).filter((name) => /^0[1-4]-/.test(name));

describe('the lessons', () => {
  it('are four', () => {
    expect(lessons).to.have.length(4);
  });

  for (const lesson of lessons) {
    it(`${lesson} prints its expected.txt, and nothing else`, async () => {
      const { stdout, stderr } = await run(process.execPath, [join(compiled, lesson, 'main.js')]);
      expect(stdout).to.equal(readFileSync(join(sources, lesson, 'expected.txt'), 'utf8'));
      expect(stderr).to.equal('');
    });
  }
});
