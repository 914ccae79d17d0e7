/**
 * The plan of the house, kept: who may import whom, what is loaded when, and what the entrance offers.
 * It reads the sources without their types: those imports are gone at run time.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect } from 'chai';
import { transform } from 'esbuild';

const dist = resolve(import.meta.dirname, '..');
const root = resolve(dist, '..');

interface Import {
  readonly from: string;
  /** A file relative to dist, or a package's name as written. */
  readonly to: string;
  /** Not loaded with the file, but on first use. */
  readonly lazy: boolean;
}

const modules = new Map<string, string>();
for (const folder of ['core', 'actors', 'samples']) {
  for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const { code } = await transform(readFileSync(join(root, folder, name), 'utf8'), {
      loader: 'ts',
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, experimentalDecorators: true } },
    });
    modules.set(`${folder}/${name.split(sep).join('/').replace(/\.ts$/, '.js')}`, withoutComments(code));
  }
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

function importsOf(from: string, code: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string, lazy: boolean): void => {
    const to = specifier.startsWith('.')
      ? relative(dist, resolve(dist, dirname(from), specifier))
          .split(sep)
          .join('/')
      : specifier;
    found.push({ from, to, lazy });
  };
  const statement = /^\s*(?:import|export)\s(?:[^'"();=]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
  for (const [, name] of code.matchAll(statement)) add(name, false);
  for (const [, name] of code.matchAll(/\b(?:import|require)\(\s*['"]([^'"]+)['"]/g)) add(name, true);
  return found;
}

const imports = [...modules].flatMap(([file, code]) => importsOf(file, code));
const inCore = imports.filter(({ from }) => from.startsWith('core/'));

/** `core/queue/sync/mutex.js` -> `queue`; `core/system.js` -> `system` */
function roomOf(file: string): string {
  return file.split('/')[1].replace(/\.js$/, '');
}

/** What each room of core sees besides itself. */
const SEES: Record<string, string[]> = {
  errors: [],
  memory: ['errors'],
  queue: ['memory', 'errors'],
  messaging: ['queue', 'memory', 'errors'],
  flow: ['messaging', 'queue', 'memory', 'errors'],
  runtime: ['flow', 'messaging', 'queue', 'memory', 'errors'],
  supervision: ['runtime', 'flow', 'messaging', 'queue', 'memory', 'errors'],
  system: ['supervision', 'runtime', 'flow', 'messaging', 'queue', 'memory', 'errors'],
  // As any program does.
  dashboard: ['index'],
};
/** The entrance shows all of core, and the test helpers reach into all of it. */
const SEES_ALL = new Set(['index', 'testing', 'telemetry']);
/** An entrance of its own puts together what lies in several rooms: the queues, and the codec above them. */
const ENTRANCES = new Set(['core/queue/index.js']);

/** Optional peers, each imported by the entrance that is for it, and by nothing that every thread loads. */
const TELEMETRY: Record<string, string> = {
  'core/telemetry/opentelemetry.js': '@opentelemetry/api',
  'core/telemetry/prometheus.js': 'prom-client',
};

const arrow = ({ from, to }: Import): string => `${from} -> ${to}`;

/** Everything loaded together with a file. */
function loadedWith(entry: string): Set<string> {
  const seen = new Set<string>([entry]);
  for (const file of seen) {
    for (const { from, to, lazy } of imports) if (from === file && !lazy) seen.add(to);
  }
  return seen;
}

/** What a declaration file exports, values and types, also through its `export *`. */
function exportedBy(file: string): string[] {
  const text = withoutComments(readFileSync(join(dist, file), 'utf8'));
  const declared = /^export (?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/gm;
  const names = [...text.matchAll(declared)].map(([, name]) => name);
  for (const [, list] of text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)) {
    names.push(...list.split(',').flatMap((part) => part.match(/(\w+)\s*$/)?.[1] ?? []));
  }
  for (const [, from] of text.matchAll(/^export (?:type )?\* from '(.+)\.js'/gm)) {
    names.push(...exportedBy(join(dirname(file), `${from}.d.ts`)));
  }
  return names.sort();
}

/** A change here is a change of what users may rely on: of API.md and CHANGELOG.md as well. */
const PUBLIC = {
  values: ['Actor', 'ActorSystem', 'actor', 'child', 'isActorThread'],
  types: [
    'ActorClass',
    'ActorContext',
    'ActorId',
    'ActorMetrics',
    'ActorRef',
    'ActorState',
    'AnyActorRef',
    'Ask',
    'ChildLogOptions',
    'ChildSpec',
    'DeadLetter',
    'DeadLetterReason',
    'EndedMetrics',
    'ExitReason',
    'ExitReport',
    'FlowEvent',
    'InjectionToken',
    'IsAny',
    'ItemOf',
    'LastMessage',
    'LogBindings',
    'LogEntry',
    'LogFunction',
    'LogLevel',
    'Logger',
    'MailboxOptions',
    'MessageOf',
    'PinoLogger',
    'Placement',
    'PoolArguments',
    'PoolOptions',
    'PoolSettings',
    'PropsOf',
    'RefBase',
    'RefsOf',
    'Scheduler',
    'SelfRef',
    'Send',
    'ShutdownOptions',
    'ShutdownReport',
    'SpawnArguments',
    'SpawnOptions',
    'SpawnSettings',
    'Spawner',
    'StopOptions',
    'Stream',
    'SuperviseOptions',
    'SupervisionOptions',
    'SupervisorRef',
    'SystemHealth',
    'SystemMetrics',
    'SystemOptions',
    'SystemRef',
    'Tell',
    'Trace',
    'TraceOptions',
    'TraceReport',
    'WaitOptions',
    'WithOptions',
  ],
};

describe('the architecture', () => {
  it('exports from the entrance what is listed here, and every error', async () => {
    const values = Object.keys(await import('../core/index.js'));
    const errors = Object.keys(await import('../core/errors.js'));
    expect(values.filter((name) => !errors.includes(name)).sort()).to.deep.equal(PUBLIC.values);
    expect(values).to.include.members(errors);
    const types = exportedBy('core/index.d.ts').filter((name) => !values.includes(name));
    expect(types).to.deep.equal(PUBLIC.types);
  });

  it('has import arrows inside of core that point downward only', () => {
    const wrong = inCore.filter(({ from, to }) => {
      if (!to.startsWith('core/')) return to.startsWith('actors/') || to.startsWith('samples/');
      const room = roomOf(from);
      if (ENTRANCES.has(from)) return false;
      return !SEES_ALL.has(room) && room !== roomOf(to) && !SEES[room]?.includes(roomOf(to));
    });
    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('knows every room of core', () => {
    const rooms = new Set([...modules.keys()].filter((file) => file.startsWith('core/')).map(roomOf));
    expect([...rooms].filter((room) => !(room in SEES || SEES_ALL.has(room)))).to.deep.equal([]);
  });

  it('has no circles of imports', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, trail: string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      if (done.has(file) || trail.includes(file)) return;
      for (const { from, to, lazy } of imports) if (from === file && !lazy) visit(to, [...trail, file]);
      done.add(file);
    };
    for (const file of modules.keys()) visit(file, []);
    expect(circles).to.deep.equal([]);
  });

  it('lets only the flow folder of core import rxjs', () => {
    const wrong = inCore.filter(({ from, to }) => to.split('/')[0] === 'rxjs' && roomOf(from) !== 'flow');
    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('lets core import no packages but its peers, and those of telemetry only where they are for', () => {
    const peers = ['rxjs', 'tsyringe', 'reflect-metadata'];
    const wrong = inCore.filter(({ from, to }) => {
      if (to.startsWith('node:') || to.startsWith('core/') || peers.includes(to.split('/')[0])) return false;
      return to !== TELEMETRY[from];
    });
    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('has what serves pages in the dashboard alone, which no other part of it loads', () => {
    const web = /^node:(https?|http2|net|tls|zlib)$/;
    const outside = inCore.filter(({ from }) => roomOf(from) !== 'dashboard');
    const wrong = outside.filter(({ to }) => web.test(to) || to.startsWith('core/dashboard/'));
    expect(wrong.map(arrow)).to.deep.equal([]);
    for (const bundle of ['troupe.cjs', 'late.cjs', 'troupe.js']) {
      expect(readFileSync(join(dist, 'core/runtime', bundle), 'utf8')).not.to.include('serveDashboard');
    }
  });

  it('loads neither rxjs nor tsyringe with the entrance, but on first use, and no telemetry', () => {
    const peers = [...loadedWith('core/index.js')].filter((name) =>
      /^(rxjs|tsyringe|reflect-metadata|core\/telemetry)/.test(name),
    );
    expect(peers).to.deep.equal([]);
  });

  it('lets actors see the public entrance only', () => {
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('actors/') && /^(core|samples)\//.test(to) && to !== 'core/index.js',
    );
    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('lets samples see the public entrances only', () => {
    const entrances = [
      'core',
      'core/queue',
      'core/queue/sync',
      'core/testing',
      'core/dashboard',
      'actors',
    ].map((e) => `${e}/index.js`);
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith('samples/') && /^(core|actors)\//.test(to) && !entrances.includes(to),
    );
    expect(wrong.map(arrow)).to.deep.equal([]);
  });

  it('takes time from the globals of the thread alone, which a test system takes over', () => {
    const takers = inCore
      .filter(({ to }) => /^(node:)?(timers|perf_hooks)\b/.test(to))
      .map(({ from }) => from);
    expect([...new Set(takers)]).to.deep.equal(['core/testing/fake-globals.js']);
    // Neither may a file keep the real ones, but what drives virtual time, or waits for a system that has none.
    const keeps = /\b(?:setTimeout|setInterval|setImmediate|now)\b[^;]*=\s*(?:globalThis|performance|Date);/;
    const kept = [...modules]
      .filter(([file, code]) => file.startsWith('core/') && keeps.test(code))
      .map(([file]) => file);
    expect(kept).to.deep.equal(['core/testing/driver.js', 'core/testing/stage.js']);
  });

  it('has all calls of Atomics.wait, waitAsync and notify in one file', () => {
    const callers = [...modules]
      .filter(([, code]) => /\bAtomics\.(wait|waitAsync|notify)\b/.test(code))
      .map(([file]) => file)
      .filter((file) => !file.startsWith('samples/'));
    expect(callers).to.deep.equal(['core/memory/parking.js']);
  });

  it('awaits nothing at the top level, so that require works', async () => {
    const wrong: string[] = [];
    for (const [file, code] of modules) {
      if (file.startsWith('samples/')) continue;
      // What esbuild cannot turn into CommonJS is a top-level await.
      await transform(code, { format: 'cjs', logLevel: 'silent' }).catch((error) => {
        wrong.push(`${file}: ${error.message}`);
      });
    }
    expect(wrong).to.deep.equal([]);
  });
});
