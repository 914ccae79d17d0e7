/** Logs of all threads at the user's pino logger. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Logger, pino } from 'pino';
import { ActorSystem } from '../../core/index.js';
import { until } from '../support/quiet-system.js';
import { UserProject } from '../support/user-project.js';
import { Talker } from './support/talkers.js';

type Line = Record<string, unknown> & { readonly level: number; readonly msg: string };

describe('a pino logger', () => {
  let system: ActorSystem;
  let logger: Logger;
  let lines: Line[];
  beforeEach(async () => {
    lines = [];
    const write = (line: string) => lines.push(JSON.parse(line));
    logger = pino({ base: null, level: 'info', redact: ['password'] }, { write });
    system = await ActorSystem.start({ arenaBytes: 1 << 26, threads: 1, logger });
  });
  afterEach(() => system.shutdown({ drain: false }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`writes the lines of actors, with their path and its own options (${placement})`, async () => {
      const talker = await system.spawn(Talker, { name: 'talker', placement });
      await talker.ask.say('warn', { password: 'abc', a: { b: [1] } }, 'watch out');
      await until(() => lines.length > 0);
      const [{ time, loggedAt: _, ...line }] = lines;
      expect(line).to.deep.equal({
        level: 40,
        actor: '/talker',
        password: '[Redacted]',
        a: { b: [1] },
        msg: 'watch out',
      });
      expect(time).to.be.a('number');
    });
  }

  it('has its level everywhere, also when that is changed', async () => {
    const talker = await system.spawn(Talker, { name: 'talker' });
    expect(await talker.ask.level()).to.equal('info');
    await talker.ask.say('debug', {}, 'not this');
    logger.level = 'debug';
    await talker.ask.say('debug', {}, 'but this');
    logger.level = 'silent';
    expect(await talker.ask.level()).to.equal('silent');
    talker.tell.fail();
    await talker.ask.say('fatal', {}, 'nor this');
    await talker.ask.louder();
    await talker.ask.say('trace', {}, 'and this');
    await system.shutdown();
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['but this', 'and this']);
    expect(logger.listenerCount('level-change')).to.equal(0);
  });

  it('writes lines of all threads in the order in which they came about', async () => {
    const talkers = await Promise.all(['a', 'b', 'c'].map((name) => system.spawn(Talker, { name })));
    for (const [at, talker] of talkers.entries()) await talker.ask.meet(talkers[(at + 1) % 3]);
    talkers[0].tell.count(1, 300);
    await until(() => lines.length >= 300);
    expect(lines.map(({ n }) => n)).to.deep.equal(Array.from({ length: 300 }, (_, at) => at + 1));
    expect(lines.slice(0, 3).map(({ actor }) => actor)).to.deep.equal(['/a', '/b', '/c']);
  });

  it('shows errors under err, with type, stack and cause, also of classes that it does not know', async () => {
    const talker = await system.spawn(Talker, { name: 'talker' });
    await talker.ask.sayOwnError();
    talker.tell.fail();
    await until(() => lines.length >= 2);
    const [own, failure] = lines as unknown as { msg: string; err: Record<string, unknown> }[];
    expect(own.msg).to.equal('none left');
    expect(own.err).to.include({ type: 'StockError', message: 'none left: why', left: 2 });
    expect(own.err.stack).to.contain('sayOwnError').and.contain('caused by: TypeError: why');
    expect(failure).to.include({ msg: 'handler failed' });
    expect(failure.err).to.include({ type: 'Error', message: 'oops' });
  });

  it('shows as text what cannot be copied to its thread', async () => {
    const talker = await system.spawn(Talker, { name: 'talker' });
    await talker.ask.sayOdd();
    await until(() => lines.length > 0);
    expect(lines[0]).to.include({ msg: 'odd', call: '[Function: call]', symbol: 'Symbol(s)', fine: 1 });
  });

  it('says when a line was logged that comes late', async () => {
    const talker = await system.spawn(Talker, { name: 'talker' });
    const flag = new Int32Array(new SharedArrayBuffer(4));
    await talker.ask.take(flag);
    talker.tell.sayAndFlag();
    while (Atomics.load(flag, 0) === 0);
    // This thread is busy, and reads nothing.
    Atomics.wait(flag, 0, 1, 150);
    await until(() => lines.length > 0);
    expect(lines[0].loggedAt).to.be.below(lines[0].time as number);
  });
});

describe('no line is lost', function () {
  this.timeout(60_000);
  let project: UserProject;
  before(async () => {
    const root = join(import.meta.dirname, '../../..');
    project = await UserProject.create();
    await project.link('troupe', root);
    await project.put({ 'program.mjs': PROGRAM });
  });
  after(() => project.remove());

  /** What it printed, however it ended. */
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; lines: Line[] }>((resolve) => {
      const options = { cwd: project.folder, timeout: 50_000, killSignal: 'SIGKILL' as const };
      const child = execFile(process.execPath, ['program.mjs', ...args], options, (_error, stdout) => {
        const lines = stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Line);
        resolve({ code: child.exitCode, lines });
      });
    });
  const counted = (lines: readonly Line[]) => lines.filter(({ msg }) => msg === 'line').map(({ n }) => n);
  const all = Array.from({ length: 100 }, (_, at) => at);

  for (const [what, end] of [
    ['an uncaught error in the thread of the actor', 'throw'],
    ['process.exit() in the thread of the actor', 'exit'],
  ] as const) {
    it(`by ${what}, right after it was logged`, async () => {
      const { code, lines } = await run(end);
      expect(code).to.equal(0);
      expect(counted(lines)).to.deep.equal(all);
      expect(lines.at(-1)?.msg).to.equal('joined');
    });
  }

  for (const [what, end, expected] of [
    ['process.exit() in the main thread', 'main-exit', 5],
    ['an uncaught error in the main thread', 'main-throw', 1],
  ] as const) {
    for (const destination of ['sync', 'async']) {
      it(`by ${what}, which has not read any of them (${destination} destination)`, async () => {
        const { code, lines } = await run(end, destination);
        expect(code).to.equal(expected);
        // What an asynchronous destination is writing already may come behind what it then writes at once.
        if (destination === 'async') expect(counted(lines)).to.have.members(all);
        else expect(counted(lines)).to.deep.equal(all);
      });
    }
  }

  it('by SIGTERM, where the system listens to it', async function () {
    if (process.platform === 'win32') this.skip();
    const { code, lines } = await run('signal');
    expect(code).to.equal(0);
    expect(counted(lines)).to.deep.equal(all);
    expect(lines.at(-1)?.msg).to.equal('bye');
  });
});

const PROGRAM = `
import { pino } from 'pino';
import { Actor, ActorSystem } from 'troupe';

export class Talker extends Actor {
  static module = import.meta.url;
  #flag;
  take(flag) { this.#flag = flag; }
  talk(end) {
    for (let n = 0; n < 100; n++) this.context.log.info({ n }, 'line');
    if (end === 'throw') queueMicrotask(() => { throw new Error('out of nowhere'); });
    if (end === 'exit') process.exit(3);
    if (end === 'signal') process.kill(process.pid, 'SIGTERM');
    Atomics.store(this.#flag, 0, 1);
    // Its turn does not end, so that nothing is published by that.
    if (end.startsWith('main')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  onStop() { this.context.log.info('bye'); }
}

const [end, destination = 'sync'] = process.argv.slice(2);
const logger = pino({ base: null }, pino.destination({ sync: destination === 'sync', minLength: 0 }));
await ActorSystem.run({ logger, signals: true, supervision: { restart: 'temporary' } }, async (system) => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const talker = await system.spawn(Talker, { name: 'talker' });
  await talker.ask.take(flag);
  // In its mailbox: what is only told is published when the turn ends, and this one does not.
  await talker.send.talk(end);
  if (end.startsWith('main')) {
    while (Atomics.load(flag, 0) === 0);
    if (end === 'main-exit') process.exit(5);
    queueMicrotask(() => { throw new Error('out of nowhere'); });
  }
  await talker.join();
  if (end !== 'signal') logger.info('joined');
});
`;
