/**
 * What `npm pack` makes, in an empty project, in every way that users run it. Each program is API.md's first
 * example, or does the same; each prints 15.
 */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { TSC, UserProject } from './support/user-project.js';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const HELLO_JS = `import { Actor, ActorSystem } from 'troupe';

export class Counter extends Actor {
  static module = import.meta.url;
  #total = this.props.start;
  add(n) { this.#total += n; }
  total() { return this.#total; }
}

await ActorSystem.run(async (system) => {
  const counter = await system.spawn(Counter, { props: { start: 10 } });
  counter.tell.add(5);
  console.log(await counter.ask.total());
});
`;

const HELLO_TS = HELLO_JS.replace('extends Actor', 'extends Actor<{ start: number }>')
  .replace('add(n)', 'add(n: number): void')
  .replace('total()', 'total(): number');

const PROVIDERS = `import type { DependencyContainer } from 'tsyringe';
import { Ledger } from './ledger.js';

export function register(container: DependencyContainer): void {
  container.registerInstance(Ledger, new Ledger(10));
}
`;

const LEDGER = `export class Ledger {
  constructor(public balance: number) {}
}
`;

const INJECTED = `import 'reflect-metadata';
import { inject } from 'tsyringe';
import { Actor, ActorSystem, actor } from 'troupe';
import { Ledger } from './ledger.js';

@actor(import.meta.url)
export class Counter extends Actor {
  #same = this.inject(Ledger);
  constructor(@inject(Ledger) private ledger: Ledger) { super(); }
  add(n: number) { this.ledger.balance += n; }
  total() { return this.#same.balance; }
}

await ActorSystem.run({ providers: new URL('./providers.js', import.meta.url) }, async (system) => {
  const counter = await system.spawn(Counter);
  counter.tell.add(5);
  console.log(await counter.ask.total());
});
`;

const BODY_CJS = `ActorSystem.run(async (system) => {
  const counter = await system.spawn(Counter, { props: { start: 10 } });
  counter.tell.add(5);
  console.log(await counter.ask.total());
});
`;

const COMMON_JS = `const { Actor, ActorSystem, actor } = require('troupe');

class Counter extends Actor {
  #total = this.props.start;
  add(n) { this.#total += n; }
  total() { return this.#total; }
}
actor(__filename)(Counter);

${BODY_CJS}`;

const COMMON_TS = `import { Actor, ActorSystem, actor } from 'troupe';

@actor(__filename)
class Counter extends Actor<{ start: number }> {
  #total = this.props.start;
  add(n: number) { this.#total += n; }
  total() { return this.#total; }
}

${BODY_CJS}`;

const DASHBOARD = `import { ActorSystem } from 'troupe';
import { serveDashboard } from 'troupe/dashboard';

await ActorSystem.run(async (system) => {
  const { url } = await serveDashboard(system);
  const answers = await Promise.all(['', 'app.js', 'uPlot.esm.js'].map((name) => fetch(url + name)));
  const policy = answers[0].headers.get('content-security-policy');
  console.log(...answers.map(({ status }) => status), policy.startsWith("default-src 'none'"));
  // A page that is open when the system ends holds nothing up.
  await fetch(url + 'events');
});
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    rootDir: 'src',
    outDir: 'out',
  },
  include: ['src'],
};

describe('the package', function () {
  this.timeout(60_000);
  let project: UserProject;
  let packed: string[];

  before(async () => {
    project = await UserProject.create();
    const cwd = project.folder;
    const args = ['pack', '--json', '--ignore-scripts', '--silent', '--pack-destination', cwd];
    const { stdout } = await run('npm', args, { cwd: root, shell: process.platform === 'win32' });
    const [{ filename, files }] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
    packed = files.map(({ path }) => path);
    await run('tar', ['-xzf', filename], { cwd });
    await run('mv', ['package', 'node_modules/troupe'], { cwd });
    await project.put({ 'tsconfig.json': JSON.stringify(TSCONFIG) });
  });
  after(() => project.remove());

  it('holds what a user needs, and nothing else', async () => {
    const plain = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md'];
    const others = packed.filter((path) => !/^dist\/(core|actors)\/.*\.(c?js|d\.ts)$/.test(path));
    const pages = packed.filter((path) => /^docs\/\w+\.md$/.test(path));
    const page = packed.filter((path) => /^core\/dashboard\/page\/[\w-]+\.(html|css|js|svg)$/.test(path));
    const known = [...plain, ...pages, ...page];
    expect(others.filter((path) => !known.includes(path))).to.deep.equal([]);
    expect(others).to.include.members(['package.json', 'LICENSE', 'docs/guide.md']);
    expect(page).to.have.lengthOf(readdirSync(join(root, 'core/dashboard/page')).length);
  });

  it('holds every entry of its exports map, with types', async () => {
    const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { exports: object };
    const targets = Object.values(exports).flatMap((to) =>
      typeof to === 'string' ? [to] : Object.values(to),
    );
    const missing = targets.filter((path) => !packed.includes(String(path).replace('./', '')));
    expect(missing).to.deep.equal([]);
  });

  it('runs the first example with plain node', async () => {
    await project.put({ 'hello.mjs': HELLO_JS });
    expect(await project.node(['hello.mjs'])).to.equal('15\n');
  });

  it('runs it in TypeScript under type stripping', async function () {
    if (!(process.features as { typescript?: unknown }).typescript) {
      console.log(`      Node ${process.version} strips no types`);
      this.skip();
    }
    await project.put({ 'hello.ts': HELLO_TS });
    expect(await project.node(['hello.ts'])).to.equal('15\n');
  });

  it('runs it in TypeScript under tsx, with preload', async () => {
    await project.put({
      'tsx/register.mjs': "import { register } from 'tsx/esm/api';\nregister();\n",
      'tsx/hello.ts': HELLO_TS.replace('  static module = import.meta.url;\n', '')
        .replace('export class', '@actor(import.meta.url)\nexport class')
        .replace('{ Actor,', '{ Actor, actor,')
        .replace('run(', "run({ preload: [new URL('./register.mjs', import.meta.url)] }, "),
      'tsx/tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
    });
    expect(await project.node(['--import', 'tsx', 'tsx/hello.ts'])).to.equal('15\n');
  });

  it('runs compiled by tsc, with decorators and injection; and in CommonJS', async () => {
    await project.put({
      'src/providers.ts': PROVIDERS,
      'src/ledger.ts': LEDGER,
      'src/main.ts': INJECTED,
      'src/common.cts': COMMON_TS,
    });
    await project.node([TSC, '--pretty', 'false']);
    expect(await project.node(['out/main.js'])).to.equal('15\n');
    expect(await project.node(['out/common.cjs'])).to.equal('15\n');
  });

  it('runs in CommonJS by require', async () => {
    await project.put({ 'common.cjs': COMMON_JS });
    expect(await project.node(['common.cjs'])).to.equal('15\n');
  });

  it('serves the dashboard, and ends', async () => {
    await project.put({ 'dashboard.mjs': DASHBOARD });
    expect(await project.node(['dashboard.mjs'])).to.equal('200 200 200 true\n');
  });

  it('runs bundled into one file by esbuild', async () => {
    const { build } = await import('esbuild');
    await project.put({ 'entry.mjs': HELLO_JS });
    await build({
      absWorkingDir: project.folder,
      entryPoints: ['entry.mjs'],
      outfile: 'bundle/hello.mjs',
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    });
    expect(await readdir(join(project.folder, 'bundle'))).to.deep.equal(['hello.mjs']);
    expect(await project.node(['bundle/hello.mjs'])).to.equal('15\n');
  });
});
