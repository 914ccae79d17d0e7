/** The suites of bench: whatever they name is there. What they measure is for `npm run bench`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

interface Table {
  readonly name: string;
  readonly chart?: string;
  readonly arms: readonly { name: string; file: string; peer?: string }[];
  readonly claims: readonly { what: string; of: string; to?: string; minus?: string }[];
}
type Suite = Table & { readonly tables?: readonly Table[] };

const bench = resolve(import.meta.dirname, '../../bench');
const page = readFileSync(join(bench, '../docs/performance.md'), 'utf8');
const { dependencies } = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8'));
/** Shown in docs/queues.md. */
const ELSEWHERE = ['queue', 'round-trip'];

async function tablesOf(file: string): Promise<readonly Table[]> {
  const { suite }: { suite: Suite } = await import(pathToFileURL(join(bench, 'suites', file)).href);
  return suite.tables ?? [{ ...suite, name: file.replace('.mjs', '') }];
}

describe('the bench', () => {
  for (const file of readdirSync(join(bench, 'suites'))) {
    it(`has in ${file} programs, peers and arms that exist, each arm once`, async () => {
      for (const { arms, claims } of await tablesOf(file)) {
        const names = arms.map(({ name }) => name);
        expect(names.filter((name, at) => names.indexOf(name) !== at)).to.deep.equal([]);
        expect(arms.filter((arm) => !existsSync(join(bench, 'arms', arm.file)))).to.deep.equal([]);
        expect(arms.filter(({ peer }) => peer !== undefined && !(peer in dependencies))).to.deep.equal([]);
        const strangers = claims.flatMap(({ of, to = of, minus = of }) =>
          [of, to, minus].filter((name) => !names.includes(name)),
        );
        expect(strangers).to.deep.equal([]);
      }
    });

    it(`has a place in docs/performance.md for what ${file} finds`, async () => {
      for (const { name, chart } of await tablesOf(file)) {
        if (ELSEWHERE.includes(name)) continue;
        expect(page).to.include(`<!-- ${name} -->\n`).and.include(`<!-- /${name} -->\n`);
        if (chart !== 'none') expect(page).to.include(`(charts/${name}.svg)`);
      }
    });
  }
});
