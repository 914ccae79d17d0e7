/**
 * The pages that users read are true: their blocks of code are saved, compiled and run as the pages say, in an empty
 * project, and print what their comments say; their commands, links and file names exist.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { parseOptions } from '../samples/05-code-search/options.js';
import {
  anchorsOf,
  type Block,
  commandsOf,
  compare,
  filesNamedIn,
  isProgram,
  linksOf,
  type Page,
  readPage,
  saidToPrint,
} from './support/pages.js';
import { TSC, UserProject } from './support/user-project.js';

const root = resolve(import.meta.dirname, '../..');

/** Packages that some pages use, and Troupe works without. */
const OPTIONAL = ['prom-client', '@opentelemetry'];

const readme = readPage(root, 'README.md');
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const guides = pages.map((name) => readPage(root, `docs/${name}`));
const forUsers = [readme, ...guides];
const forAuthors = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].map((path) => readPage(root, path));

/** Each page has a folder of its own in the project. */
const folderOf = (page: Page) => page.path.replace(/\.md$/, '');
const filesOf = ({ blocks }: Page) => blocks.filter((block) => ['js', 'ts', 'json'].includes(block.language));
const hasTypeScript = (page: Page) => filesOf(page).some(({ language }) => language === 'ts');
/** They are mocha's. */
const specsOf = (page: Page) => filesOf(page).filter(({ file }) => file?.includes('.spec.'));
const programsOf = (page: Page) => filesOf(page).filter(isProgram);

/** How a page says that a program is run: by a command of its own, or by `node` and its name. */
function callsOf(page: Page, { file }: Pick<Block, 'file'>): string[][] {
  if (file === undefined) return [];
  const compiled = file.replace(/^src\/(.*)\.ts$/, 'out/$1.js');
  const said = commandsOf(page)
    .map((command) => command.split(' '))
    .filter(([name, ...args]) => name === 'node' && [file, compiled].includes(args.at(-1) ?? ''))
    .map(([, ...args]) => args);
  return said.length > 0 || file.endsWith('.ts') ? said : [[file]];
}

/** Each as soon as one of two lanes is free: most of a program's time is its start. */
function inTwoLanes<T>(works: readonly (() => Promise<T>)[]): Promise<T>[] {
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  return works.map((work, at) => {
    const result = lanes[at % 2].then(work);
    lanes[at % 2] = result.catch(() => undefined);
    return result;
  });
}

interface Call {
  readonly page: Page;
  readonly program: Block;
  readonly args: readonly string[];
  output?: Promise<string>;
}

describe('the documentation', function () {
  this.timeout(60_000);
  let project: UserProject;
  const compiled = new Map<Page, Promise<string>>();
  const calls: Call[] = forUsers.flatMap((page) =>
    programsOf(page).flatMap((program) => callsOf(page, program).map((args) => ({ page, program, args }))),
  );

  before(async () => {
    project = await UserProject.create();
    await project.link('troupe', root);
    for (const name of [...OPTIONAL, 'mocha', 'chai'])
      await project.link(name, join(root, 'node_modules', name));
    for (const page of forUsers) {
      for (const { file, text } of filesOf(page)) {
        if (file !== undefined) await project.put({ [`${folderOf(page)}/${file}`]: text });
      }
    }
    for (const page of forUsers) if (hasTypeScript(page)) compiled.set(page, compile(page));
    await Promise.allSettled(compiled.values());
    const outputs = inTwoLanes(
      calls.map(
        ({ page, args }) =>
          () =>
            project.node(args, folderOf(page)),
      ),
    );
    for (const [at, output] of outputs.entries()) calls[at].output = output;
  });
  after(async () => {
    await Promise.allSettled(calls.map(({ output }) => output));
    await project.remove();
  });

  /** As the page says; or with the README's options, where the TypeScript is for other tools. */
  async function compile(page: Page): Promise<string> {
    const folder = folderOf(page);
    if (!filesOf(page).some(({ file }) => file === 'tsconfig.json')) {
      const config = {
        extends: join(project.folder, folderOf(readme), 'tsconfig.json'),
        compilerOptions: { noEmit: true, rootDir: '.' },
        include: ['.'],
      };
      await project.put({ [`${folder}/tsconfig.json`]: JSON.stringify(config) });
    }
    return project.node([TSC, '--pretty', 'false'], folder);
  }

  for (const page of forUsers) {
    describe(page.path, () => {
      it('has whole files as its blocks of code, each under a name of its own', () => {
        const names = filesOf(page).map(({ file, line }) => file ?? `the block at line ${line} has no name`);
        expect(names.filter((name, at) => name.includes(' ') || names.indexOf(name) !== at)).to.deep.equal(
          [],
        );
      });

      it('says of each program how it is run, and of each line what it prints', () => {
        const silent = programsOf(page)
          .flatMap(saidToPrint)
          .filter(({ says }) => says === undefined);
        expect(silent.map(({ line }) => `line ${line}`)).to.deep.equal([]);
        const uncalled = programsOf(page).filter((program) => callsOf(page, program).length === 0);
        expect(uncalled.map(({ file }) => file)).to.deep.equal([]);
      });

      it('uses each of its other modules', () => {
        const modules = filesOf(page).filter(({ file, language }) => file && language !== 'json');
        const unused = modules.filter((module) => {
          const name = `/${module.file
            ?.split('/')
            .at(-1)
            ?.replace(/\.\w+$/, '')}.`;
          if (isProgram(module) || specsOf(page).includes(module)) return false;
          return !modules.some(({ text }) => text.includes(name));
        });
        expect(unused.map(({ file }) => file)).to.deep.equal([]);
      });

      if (hasTypeScript(page)) {
        it('has TypeScript that compiles', async () => {
          expect(await compiled.get(page)).to.equal('');
        });
      }

      if (specsOf(page).length > 0) {
        it('has specs that pass', async () => {
          const specs = specsOf(page).map(({ file = '' }) => file);
          const args = ['node_modules/mocha/bin/mocha.js', '--no-config', '--timeout', '10000'];
          const output = await project.node([...args, ...specs.map((file) => `${folderOf(page)}/${file}`)]);
          const count = specsOf(page).flatMap(({ text }) => text.match(/^ *it\(/gm) ?? []).length;
          expect(output).to.match(new RegExp(`^ *${count} passing`, 'm'));
        });
      }

      for (const call of calls.filter((call) => call.page === page)) {
        it(`node ${call.args.join(' ')}`, async function () {
          if (call.args[0].endsWith('.ts') && !stripsTypes()) {
            console.log(`        Node ${process.version} strips no types`);
            this.skip();
          }
          const output = await call.output;
          const said = saidToPrint(call.program).flatMap(({ says }) => says ?? []);
          expect(compare(output ?? '', said), output).to.deep.equal({ unsaid: '', missing: [] });
        });
      }
    });
  }

  it('has commands that exist', async () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const wrong: string[] = [];
    for (const page of [...forUsers, ...forAuthors]) {
      const written = filesOf(page).flatMap(({ file }) => callsOf(page, { file }).flat());
      for (const command of commandsOf(page)) {
        const exists = await isCommand(command, scripts, written);
        if (!exists) wrong.push(`${page.path}: ${command}`);
      }
    }
    expect(wrong).to.deep.equal([]);
  });

  it('has links that lead somewhere', () => {
    const wrong = [...forUsers, ...forAuthors].flatMap((page) =>
      linksOf(page).filter((link) => {
        const [to, anchor] = link.split('#');
        const path = to === '' ? page.path : join(dirname(page.path), to);
        if (!existsSync(join(root, path))) return true;
        return anchor !== undefined && !anchorsOf(readPage(root, path)).includes(anchor);
      }),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('names files and folders that are there', () => {
    const all = ['core', 'actors', 'samples', 'spec', 'bench', 'docs', '.ci'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `/${folder}/${name}`,
      ),
    );
    const isThere = (name: string) =>
      existsSync(join(root, name)) || all.some((path) => path.endsWith(`/${name.replace(/\/$/, '')}`));
    const wrong = forAuthors.flatMap((page) =>
      filesNamedIn(page)
        .filter((name) => !isThere(name))
        .map((name) => `${page.path}: ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });
});

const stripsTypes = () => (process.features as { typescript?: unknown }).typescript;

/** Whether what a page says to type is there: scripts, files and options. */
async function isCommand(
  command: string,
  scripts: Record<string, string>,
  written: readonly string[],
): Promise<boolean> {
  const [name, ...args] = command.split(/\s+/);
  if (name === 'npm') return isNpmCommand(args, scripts);
  if (name === 'node') return args.some((arg) => written.includes(arg) || existsSync(join(root, arg)));
  if (name === 'npx') return existsSync(join(root, 'node_modules/.bin', args[0]));
  return ['cd', 'mkdir'].includes(name) || existsSync(join(root, name));
}

async function isNpmCommand([first, ...args]: string[], scripts: Record<string, string>): Promise<boolean> {
  if (first === 'run') return args[0] in scripts;
  if (first === 'test') return 'test' in scripts;
  if (first !== 'start') return ['ci', 'pack', 'install', 'init', 'pkg'].includes(first);
  // Somebody's own folder stands for any folder; quotes are the shell's.
  const options = args.slice(1).map((arg) => (arg.startsWith('~') ? root : arg.replaceAll('"', '')));
  await parseOptions(options, root);
  return true;
}
