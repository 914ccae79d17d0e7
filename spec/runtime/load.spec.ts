/** How core comes into a thread: from one file, or from the compiled code of the thread's creator. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { expect } from 'chai';
import type { ActorSystem } from '../../core/index.js';
import { Loading } from '../actors-for-specs/loading.js';
import { quietSystem } from '../support/quiet-system.js';

const run = promisify(execFile);
const core = new URL('../../core/index.js', import.meta.url);

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

  it('is one and the same for import and require', async () => {
    const script = `
      import(process.argv[1]).then((troupe) => console.log(require(process.argv[2]).Actor === troupe.Actor));`;
    const args = ['-e', script, core.href, fileURLToPath(core)];
    expect((await run(process.execPath, args)).stdout).to.equal('true\n');
  });

  it('has stack traces of its sources for who asks for source maps', async () => {
    const script = `import(process.argv[1]).then(({ Actor }) => { try { new Actor(); } catch (e) { console.log(e.stack); } });`;
    const stackOf = async (...flags: string[]) =>
      (await run(process.execPath, [...flags, '-e', script, core.href])).stdout;
    expect(await stackOf('--enable-source-maps')).to.match(/core[\\/]runtime[\\/]actor\.ts:\d+/);
    expect(await stackOf()).to.match(/core[\\/]runtime[\\/]troupe\.cjs:\d+/);
  });
});
