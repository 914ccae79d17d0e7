/** A trace: what flows, as Chrome's trace format has it. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { TraceEvents } from '../../core/flow/trace-events.js';
import type { TraceEvent } from '../../core/flow/trace-lanes.js';
import { type ActorSystem, type FlowEvent, type LogEntry, SystemStoppedError } from '../../core/index.js';
import { Relay } from '../actors-for-specs/relaying.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { UserProject } from '../support/user-project.js';

const slices = (events: readonly TraceEvent[]) => events.filter(({ ph }) => ph === 'X');
const handledIn = (events: readonly TraceEvent[]) =>
  events.filter(({ cat }) => cat === 'handled' || cat === 'failed');
const endOf = ({ ts = 0, dur = 0 }: TraceEvent) => ts + dur;
/** The name that a lane has in the end. */
const laneOf = (events: readonly TraceEvent[], { tid }: TraceEvent) =>
  events.filter((event) => event.name === 'thread_name' && event.tid === tid).at(-1)?.args?.name;

/** Of each arrow the slices at its two ends. */
function arrowsIn(events: readonly TraceEvent[]): { from: string | undefined; to: string | undefined }[] {
  const at = ({ tid, ts = 0 }: TraceEvent) =>
    slices(events).find((slice) => slice.tid === tid && ts >= (slice.ts ?? 0) && ts <= endOf(slice))?.name;
  return events
    .filter(({ ph }) => ph === 's')
    .map((start) => {
      const end = events.find(({ ph, id }) => ph === 'f' && id === start.id) as TraceEvent;
      return { from: at(start), to: at(end) };
    });
}

describe('a trace', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  let folder: string;
  let file: string;
  let seen: FlowEvent[];
  beforeEach(async () => {
    ({ system, log } = await quietSystem());
    folder = mkdtempSync(join(tmpdir(), 'troupe-trace-'));
    file = join(folder, 'trace.json');
    seen = [];
    system.flow$.subscribe((event) => {
      seen.push(event);
    });
  });
  afterEach(async () => {
    await system.shutdown({ drain: false });
    rmSync(folder, { recursive: true });
  });
  const read = (text = readFileSync(file, 'utf8')) => JSON.parse(text) as TraceEvent[];
  /** What the specs' own subscriber has seen is in the trace by then. */
  const handled = (method: string, count: number) =>
    until(() => {
      const fits = (event: FlowEvent) => event.kind === 'handled' && event.method === method;
      return seen.filter(fits).length >= count;
    });

  it('has a lane for each thread, a slice for each message, and arrows from where it was sent', async () => {
    const trace = system.trace({ file });
    const last = await system.spawn(Relay, { name: 'last' });
    const first = await system.spawn(Relay, { name: 'first', props: { to: last } });
    first.tell.pass(1);
    await handled('pass', 2);
    const report = await trace.stop();
    const events = read();
    const passes = slices(events).filter(({ name, cat }) => name.endsWith('pass') && cat === 'handled');
    expect(passes.map(({ name }) => name).sort()).to.deep.equal(['/first pass', '/last pass']);
    for (const pass of passes) {
      const { actor, from, waitMs, serviceMs } = pass.args as Record<string, unknown>;
      expect(laneOf(events, pass)).to.match(new RegExp(`^thread \\d+: ${actor}$`));
      expect(from).to.equal(actor === '/first' ? undefined : '/first');
      expect(waitMs).to.be.a('number');
      expect(serviceMs).to.be.a('number');
    }
    expect(new Set(passes.map(({ tid }) => tid)).size).to.equal(2);
    expect(arrowsIn(events)).to.have.deep.members([
      { from: 'to /first pass', to: '/first pass' },
      { from: '/first pass', to: '/last pass' },
    ]);
    const [sent] = slices(events).filter(({ name }) => name === 'to /first pass');
    expect(laneOf(events, sent)).to.equal('program');
    expect(events[0]).to.include({ ph: 'M', name: 'process_name' });
    expect(report).to.deep.equal({ file, messages: 2, arrows: 2, dropped: 0 });
  });

  it('shows failures, dead letters and what happens to actors', async () => {
    const trace = system.trace({ file: pathToFileURL(file) });
    const actor = await system.spawn(Relay, { name: 'frail', placement: 'inline' });
    actor.tell.fail('no luck');
    await actor.ask.passed();
    await actor.stop();
    await until(() => seen.some(({ kind }) => kind === 'stopped'));
    await trace.stop();
    const events = read();
    const [failed] = events.filter(({ cat }) => cat === 'failed');
    expect(failed).to.include({ name: '/frail fail' });
    expect(failed.args?.error).to.equal('RangeError: no luck');
    expect(laneOf(events, failed)).to.equal('main thread');
    const instants = events.filter(({ ph }) => ph === 'i').map(({ name }) => name);
    expect(instants).to.include.members([
      '/frail started',
      '/frail restarted',
      '/frail stopped',
      'dead letter: /frail fail',
      'end of the trace',
    ]);
  });

  it('says how many events were dropped', async () => {
    const actor = await system.spawn(Relay, { name: 'busy' });
    const trace = system.trace({ file });
    for (let i = 0; i < 20_000; i++) actor.tell.pass(1);
    await actor.ask.passed();
    await until(() => seen.some((event) => event.kind === 'overflow' && event.what === 'events'));
    const { dropped, messages } = await trace.stop();
    const events = read();
    expect(dropped).to.be.above(0);
    const counts = events
      .filter(({ name }) => / events not shown$/.test(name))
      .map(({ args }) => args?.count as number);
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(dropped);
    expect(events.at(-1)?.args).to.include({ dropped });
    expect(handledIn(events)).to.have.length(messages);
  });

  it('opens without its end, as far as it was written', async () => {
    const trace = system.trace({ file });
    const actor = await system.spawn(Relay, { name: 'first' });
    await actor.ask.passed();
    await handled('passed', 1);
    await until(() => readFileSync(file, 'utf8').includes('/first passed'));
    const text = readFileSync(file, 'utf8');
    expect(read(`${text}]`).length).to.be.above(3);
    await trace.stop();
    expect(readFileSync(file, 'utf8').startsWith(text)).to.equal(true);
  });

  it('is whole after the end of the system, and after its own, however often that is said', async () => {
    const trace = system.trace({ file });
    const actor = await system.spawn(Relay, { name: 'first' });
    await actor.ask.passed();
    await system.shutdown();
    const slicesOf = handledIn(read());
    expect(slicesOf.map(({ name }) => name)).to.deep.equal(['/first passed']);
    expect(await trace.stop()).to.deep.equal(await trace.stop());
    expect(() => system.trace({ file })).to.throw(SystemStoppedError);
  });

  it('is whole after process.exit, with what was seen by then', async () => {
    const project = await UserProject.create();
    try {
      await project.link('troupe', join(import.meta.dirname, '../../..'));
      await project.put({
        'program.mjs': `import { Actor, ActorSystem } from 'troupe';
          export class Adder extends Actor {
            static module = import.meta.url;
            add(a, b) { return a + b; }
          }
          await ActorSystem.run(async (system) => {
            system.trace({ file: 'trace.json' });
            const adder = await system.spawn(Adder, { name: 'adder', placement: 'inline' });
            await adder.ask.add(1, 2);
            process.exit();
          });`,
      });
      await project.node(['program.mjs']);
      const events = read(readFileSync(join(project.folder, 'trace.json'), 'utf8'));
      expect(events.map(({ name }) => name)).to.include.members(['/adder started', 'end of the trace']);
    } finally {
      await project.remove();
    }
  });

  it('refuses what is no file', () => {
    expect(() => system.trace({ file: '' })).to.throw('a path or a file: URL');
    expect(() => system.trace({ file: new URL('https://example.org/') })).to.throw('a path or a file: URL');
    expect(() => system.trace({ file: join(folder, 'none', 'trace.json') })).to.throw('ENOENT');
  });

  it('ends where the file cannot be written, and the program goes on', async function () {
    if (process.platform !== 'linux') this.skip();
    const trace = system.trace({ file: '/dev/full' });
    const actor = await system.spawn(Relay, { name: 'first' });
    await until(() => log.some(({ message }) => message.includes('could not be written')));
    expect((await rejection(trace.stop())).code).to.equal('ENOSPC');
    expect(await actor.ask.passed()).to.equal(0);
  });
});

describe('the events of a trace', () => {
  const origin = 1_000_000;
  let events: TraceEvent[];
  let trace: TraceEvents;
  beforeEach(() => {
    events = [];
    trace = new TraceEvents((event) => events.push(event), 'specs', origin, 0);
  });
  const handled = (actor: string, start: number, end: number, message?: string): FlowEvent => ({
    kind: 'handled',
    time: origin + end,
    actor,
    method: 'work',
    from: undefined,
    message,
    thread: 1,
    waitMs: 1,
    serviceMs: end - start,
  });
  const accepted = (from: string | undefined, time: number, message: string): FlowEvent => ({
    kind: 'accepted',
    time: origin + time,
    actor: '/to',
    method: 'work',
    from,
    message,
    thread: from === undefined ? 0 : 1,
  });

  it('stand in a lane of their own where they overlap', () => {
    trace.add(handled('/a', 2, 3));
    trace.add(handled('/b', 3, 4));
    trace.add(handled('/a', 1, 5));
    trace.add(handled('/a', 4.5, 6));
    const startsIn = (lane: string) =>
      handledIn(events)
        .filter((event) => laneOf(events, event) === lane)
        .map(({ ts }) => ts);
    expect(startsIn('thread 1')).to.deep.equal([2000, 3000, 4500]);
    expect(startsIn('thread 1 (2)')).to.deep.equal([1000]);
    expect(events.filter(({ name }) => name === 'thread_name').map(({ args }) => args?.name)).to.deep.equal([
      'system',
      'thread 1',
      'thread 1: /a',
      'thread 1',
      'thread 1 (2)',
    ]);
  });

  it('have an arrow whichever of its ends is told first', () => {
    trace.add(handled('/to', 5, 6, 'x'));
    trace.add(accepted(undefined, 1, 'x'));
    trace.add(accepted(undefined, 2, 'y'));
    trace.add(handled('/to', 7, 8, 'y'));
    expect(arrowsIn(events)).to.deep.equal([
      { from: 'to /to work', to: '/to work' },
      { from: 'to /to work', to: '/to work' },
    ]);
  });

  it('have an arrow from the message whose handler sent it, or from a slice of its own', () => {
    trace.add(accepted('/a', 1, 'before'));
    trace.add(accepted('/a', 3, 'within'));
    trace.add(handled('/a', 2, 4));
    for (const message of ['before', 'within']) trace.add(handled('/to', 5, 6, message));
    trace.end();
    expect(arrowsIn(events)).to.have.deep.members([
      { from: 'to /to work', to: '/to work' },
      { from: '/a work', to: '/to work' },
    ]);
    expect(trace.arrows).to.equal(2);
  });

  it('keep a bounded number of ends that never meet', () => {
    for (let n = 0; n < 50_000; n++) trace.add(accepted(n % 2 === 0 ? undefined : `/${n}`, n, `m${n}`));
    trace.add(handled('/to', 50_000, 50_001, 'm0'));
    expect(trace.arrows).to.equal(0);
    trace.add(handled('/to', 50_001, 50_002, 'm49998'));
    trace.end();
    expect(trace.arrows).to.equal(1);
    expect(slices(events).filter(({ cat }) => cat === 'send')).to.have.length(50_000);
  });
});
