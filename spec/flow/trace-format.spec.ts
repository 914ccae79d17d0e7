/** The rules of Chrome's trace format, on a trace of whatever happens between threads, and on one that a death cut off. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { TraceEvent } from '../../core/flow/trace-lanes.js';
import { until } from '../support/quiet-system.js';
import { UserProject } from '../support/user-project.js';

const PROGRAM = `import { Actor, ActorSystem } from 'troupe';
  const [how] = process.argv.slice(2);
  export class Link extends Actor {
    static module = import.meta.url;
    async pass(n) {
      if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.props === undefined) return n;
      this.props.tell.pass(n);
      if (n % 5 === 0) await this.props.ask.pass(n);
    }
    fail() { throw new Error('with "marks"\\n, and lines'); }
  }
  const signals = how === 'SIGINT';
  await ActorSystem.run({ logger: () => {}, signals }, async (system) => {
    const trace = system.trace({ file: how + '.json' });
    const last = await system.spawn(Link, { name: 'last', placement: 'shared' });
    const middle = await system.spawn(Link, { name: 'middle', props: last });
    const first = await system.spawn(Link, { name: 'first', placement: 'inline', props: middle });
    const pool = await system.pool(Link, { name: 'pool', size: 2, placement: 'shared', props: last });
    for (let n = 0; n < 60; n++) {
      first.tell.pass(n);
      if (n % 4 === 0) pool.tell.pass(n);
      if (n % 10 === 0) await first.ask.pass(n);
    }
    last.tell.fail();
    if (how === 'stop') await trace.stop();
    else setInterval(() => first.tell.pass(1), 5);
    if (how !== 'stop') await new Promise(() => {});
  });
`;

/** What is wrong with a trace. */
function faultsOf(events: readonly TraceEvent[], pid: number | undefined): string[] {
  const faults: string[] = [];
  const fault = (why: string, event: unknown) => faults.push(`${why}: ${JSON.stringify(event)}`);
  const named = new Set<number>();
  const slices = new Map<number, TraceEvent[]>();
  const arrows = new Map<number, { s?: TraceEvent; f?: TraceEvent }>();
  for (const event of events) {
    const { ph, tid, ts = Number.NaN, dur = Number.NaN, name } = event;
    if (event.pid !== pid || !Number.isInteger(tid) || typeof name !== 'string') fault('whose', event);
    if (ph === 'M') {
      if (name === 'thread_name') named.add(tid);
      continue;
    }
    if (!(ts >= 0)) fault('no time', event);
    if (!named.has(tid)) fault('a lane that has no name yet', event);
    if (ph === 'X') {
      const lane = slices.get(tid) ?? [];
      slices.set(tid, [...lane, event]);
      if (!(dur >= 0)) fault('no duration', event);
      if (lane.length > 0 && ts < endOf(lane.at(-1) as TraceEvent))
        fault('before the end of the one before', event);
    } else if (ph === 's' || ph === 'f') {
      const arrow = arrows.get(event.id as number) ?? {};
      if (arrow[ph] !== undefined) fault('an end that there is already', event);
      arrows.set(event.id as number, { ...arrow, [ph]: event });
    } else if (ph !== 'i' || event.s !== 't') fault('no such phase', event);
  }
  for (const { s, f } of arrows.values()) {
    if (s === undefined || f === undefined) fault('an arrow with one end', [s, f]);
    else {
      if (s.name !== f.name || s.cat !== f.cat || f.bp !== 'e') fault('ends that are unlike', [s, f]);
      if ((s.ts as number) > (f.ts as number) + SKEW) fault('an arrow that goes back in time', [s, f]);
      for (const end of [s, f])
        if (!(slices.get(end.tid) ?? []).some(isAround(end.ts as number))) fault('in no slice', end);
    }
  }
  if (events.filter(({ name }) => name === 'process_name').length !== 1) fault('process_name', 'not once');
  return faults;
}

/** Times are rounded to a thousandth of a microsecond. */
const TICK = 0.0011;
/** Clocks of threads differ by some microseconds. */
const SKEW = 50;
const endOf = ({ ts = 0, dur = 0 }: TraceEvent) => ts + dur - TICK;
const isAround = (at: number) => (slice: TraceEvent) =>
  (slice.ts as number) <= at + TICK && at <= (slice.ts as number) + (slice.dur as number) + TICK;

describe('the file of a trace', function () {
  this.timeout(60_000);
  let project: UserProject;
  before(async () => {
    project = await UserProject.create();
    await project.link('troupe', join(import.meta.dirname, '../../..'));
    await project.put({ 'program.mjs': PROGRAM });
  });
  after(() => project.remove());
  const fileOf = (how: string) => join(project.folder, `${how}.json`);

  for (const how of ['stop', 'SIGINT', 'SIGKILL'] as const) {
    it(`keeps the rules of the format (${how})`, async () => {
      const file = fileOf(how);
      const read = () => readFileSync(file, 'utf8');
      const child = spawn(process.execPath, ['program.mjs', how], { cwd: project.folder, stdio: 'ignore' });
      const over = once(child, 'exit');
      if (how !== 'stop') {
        await until(() => existsSync(file) && statSync(file).size > 20_000);
        child.kill(how);
      }
      await over;
      const text = read();
      const isWhole = text.endsWith('\n]\n');
      expect(isWhole).to.equal(how === 'stop' || how === 'SIGINT');
      // Viewers do without the bracket at the end; what a kill has cut off is at most the last line.
      const events = JSON.parse(
        isWhole ? text : `${text.slice(0, text.lastIndexOf(',\n'))}]`,
      ) as TraceEvent[];
      expect(events.filter(({ ph }) => ph === 'f').length).to.be.above(how === 'stop' ? 100 : 0);
      const faults = faultsOf(events, child.pid).filter(
        (fault) => isWhole || !fault.startsWith('an arrow with one'),
      );
      expect(faults).to.deep.equal([]);
    });
  }
});
