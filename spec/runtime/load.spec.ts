/** How core comes into a thread: from one file, or from the compiled code of the thread's creator. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { expect } from 'chai';
import type { ActorSystem } from '../../core/index.js';
import { SharedQueue } from '../../core/queue/index.js';
import { Loading } from '../actors-for-specs/loading.js';
import { quietSystem } from '../support/quiet-system.js';

const run = promisify(execFile);
const core = new URL('../../core/index.js', import.meta.url);
const runtime = new URL('../../core/runtime/', import.meta.url);
/** What a compiled file of core has become. */
const readDoor = /^import \{ part \} from '#core';/;

describe('core in a thread', () => {
  let system: ActorSystem | undefined;
  afterEach(async () => {
    setFlagsFromString('--stack-trace-limit=10');
    await system?.shutdown({ drain: false });
    system = undefined;
  });
  it('is taken from the compiled code that the creating thread hands over, also in a thread with flags', async () => {
    ({ system } = await quietSystem());
    const actors = await Promise.all([
      system.spawn(Loading),
      system.spawn(Loading, { execArgv: ['--no-deprecation'] }),
    ]);
    expect(await Promise.all(actors.map((actor) => actor.ask.isFromCode()))).to.deep.equal([true, true]);
  });

  it('is compiled anew for threads that are made after V8’s flags have changed', async () => {
    ({ system } = await quietSystem());
    await system.spawn(Loading);
    setFlagsFromString('--stack-trace-limit=11');
    const actor = await system.spawn(Loading);
    expect(await actor.ask.isFromCode()).to.equal(true);
  });

  it('is handed over from a thread that has run an actor, as soon as one has ended', async () => {
    ({ system } = await quietSystem());
    const sizeOfNext = async () => {
      const actor = await (system as ActorSystem).spawn(Loading);
      const size = await actor.ask.size();
      await actor.stop();
      return size;
    };
    const fromCreator = await sizeOfNext();
    // Its thread ends a little later than the actor.
    while ((await sizeOfNext()) === fromCreator);
  });

  it('is loaded without queues and what the creating thread needs, until a queue arrives in a message', async () => {
    ({ system } = await quietSystem());
    const queue = SharedQueue.create<string>();
    queue.tryPut('first');
    const actor = await system.spawn(Loading);
    expect(await actor.ask.hasLate()).to.equal(false);
    expect(await actor.ask.next(queue)).to.equal('first');
    expect(await actor.ask.hasLate()).to.equal(true);
    queue.dispose();
  });

  it('names its classes as their sources do', async () => {
    const { part } = (await import(new URL('parts.js', runtime).href)) as {
      part(file: string): Record<string, unknown>;
    };
    const folder = fileURLToPath(new URL('..', runtime));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => readDoor.test(file.endsWith('.js') ? readFileSync(`${folder}/${file}`, 'utf8') : ''));
    const wrong: string[] = [];
    let classes = 0;
    for (const file of files) {
      for (const [name, value] of Object.entries(part(file))) {
        if (typeof value !== 'function' || !/^class\b/.test(String(value))) continue;
        classes++;
        if (value.name !== name) wrong.push(`${file}: ${name} is ${value.name}`);
      }
    }
    expect(wrong).to.deep.equal([]);
    expect(classes).to.be.greaterThan(200);
  });

  it('is one and the same for import and require', async () => {
    const script = `
      import(process.argv[1]).then((troupe) => console.log(require(process.argv[2]).Actor === troupe.Actor));`;
    const args = ['-e', script, core.href, fileURLToPath(core)];
    expect((await run(process.execPath, args)).stdout).to.equal('true\n');
  });

  for (const [file, code, place] of [
    ['troupe', 'new troupe.Actor()', 'core/runtime/actor.ts: new ActorConstructedDirectlyError('],
    ['late', 'await troupe.ActorSystem.start({ threads: -1 })', "core/system/options.ts: inRange('threads'"],
  ]) {
    it(`has stack traces of its sources for who asks for source maps: ${file}.cjs`, async () => {
      const script = `
        import(process.argv[1]).then(async (troupe) => {
          try { ${code}; } catch (e) { console.log(e.stack); }
        });`;
      const stackOf = async (...flags: string[]) =>
        (await run(process.execPath, [...flags, '-e', script, core.href])).stdout;
      const frames = (await stackOf('--enable-source-maps')).matchAll(/(core[\\/]\S+\.ts):(\d+):(\d+)/g);
      const places = [...frames].map(([, source, line, column]) => {
        const text = readFileSync(new URL(`../../../${source}`, import.meta.url), 'utf8');
        return `${source.replaceAll('\\', '/')}: ${text.split('\n')[Number(line) - 1].slice(Number(column) - 1)}`;
      });
      expect(places.find((each) => each.startsWith(place))).to.be.a('string', places.join('\n'));
      expect(await stackOf()).to.match(new RegExp(`core[\\\\/]runtime[\\\\/]${file}\\.cjs:\\d+`));
    });
  }
});
