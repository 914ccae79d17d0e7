/**
 * The suites of bench: whatever they name is there. And what they do with their figures. What they measure is for
 * `npm run bench`.
 */
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

const lib = (name: string) => import(pathToFileURL(join(bench, `lib/${name}.mjs`)).href);

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

  it('says where a median lies, and is right about that in 95 of 100 cases', async () => {
    const { medianInterval, generator } = await lib('stats');
    const random = generator(7);
    // Steep on one side, as times are; its median is 1.
    const one = () => -Math.log2(1 - random());
    let inside = 0;
    for (let i = 0; i < 200; i++) {
      const [low, high] = medianInterval(Array.from({ length: 30 }, one), 400);
      if (low <= 1 && 1 <= high) inside++;
    }
    expect(inside).to.be.within(184, 199);
    expect(medianInterval([3, 3, 3])).to.deep.equal([3, 3]);
  });

  it('calls a difference noise whose interval reaches down to nothing', async () => {
    const { claimed, found } = await lib('claims');
    const differing = (by: number[]) =>
      claimed(
        { what: 'more', of: 'a', minus: 'b', noise: true },
        new Map([
          ['a', by.map((ns) => ({ '': 100 + ns }))],
          ['b', by.map(() => ({ '': 100 }))],
        ]),
      );
    expect(differing([-3, -1, 0, 1, 2])).to.have.nested.property('[0].kept', true);
    expect(differing([-5, -4, -4, -4, -3])).to.have.nested.property('[0].kept', true);
    const [more] = differing([3, 4, 4, 4, 5]);
    expect(more).to.include({ kept: false, seen: 4 });
    expect(found(more)).to.equal('4 [3, 5]');
  });

  it('draws a curve within axes that have marks below and above it, however near or far apart its figures are', async () => {
    const { chartOf } = await lib('chart');
    for (const values of [
      [105, 150, 197],
      [20_000, 463_000, 1_360_000],
      [0.3, 0.9, 5],
      [1.2, 900, 14_000],
      [7, 7, 7],
    ]) {
      const figures = Object.fromEntries(values.map((median, i) => [10 ** i, { median }]));
      const rows = [{ name: 'one', own: true, figures }];
      const svg: string = chartOf({ title: 't', unit: 'u', chart: 'lines', rows, claims: [] }, 'note');
      const numbers = (pattern: RegExp) => [...svg.matchAll(pattern)].map(([, number]) => Number(number));
      const marks = numbers(/y1="([\d.]+)" y2="\1" class="axis"/g);
      const dots = numbers(/<circle cx="[\d.]+" cy="([\d.]+)"/g);
      expect(marks.length, `${values}`).to.be.within(3, 12);
      expect(dots).to.have.lengthOf(3);
      expect(Math.min(...dots)).to.be.at.least(Math.min(...marks));
      expect(Math.max(...dots)).to.be.at.most(Math.max(...marks));
    }
  });

  it('leaves room for the longest name beside bars', async () => {
    const { chartOf } = await lib('chart');
    const name = 'a name as long as they come, and then some';
    const rows = [{ name, own: true, figures: { '': { median: 1 } } }];
    const svg: string = chartOf({ title: 't', unit: 'u', rows, claims: [] }, 'note');
    const end = Number(/<text x="(\d+)"[^>]* text-anchor="end">a name/.exec(svg)?.[1]);
    expect(end / name.length).to.be.at.least(7.5);
  });
});
