// One file for what every thread loads of core, since each file more costs it half a millisecond and more; and one for
// the rest, which only some threads come to.
//
// dist/core/runtime/troupe.cjs holds what tsc compiled, and is loaded by load.cjs; late.cjs what the creating thread alone
// needs, and queues and locks: it is loaded when something in it is used first. troupe.js is both for bundlers, which
// cannot follow that. Each compiled file becomes a door to its part, so that whoever imports one, a spec or a package,
// gets the same classes as everybody else in that thread. `#core` in package.json says which it is.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { slim, withNames, withoutComments } from './slim.mjs';

const core = join(import.meta.dirname, '..', 'dist', 'core');
// Beside the thread's entry, which is addressed from there.
const forNode = 'runtime/troupe.cjs';
const forLate = 'runtime/late.cjs';
const forBundlers = 'runtime/troupe.js';
const door = 'runtime/parts.js';
const entrance = 'runtime/entrance.js';
const files = readdirSync(core, { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.js') && ![forBundlers, door, entrance].includes(file))
  // Loaded where it is asked for, which is in one thread, or imports packages that not everybody has; through the doors,
  // as a user's own code.
  .filter((file) => !/^(?:dashboard|testing|telemetry)\//.test(file))
  .sort();
const isLate = (file) =>
  /^(?:supervision|system|queue\/(?:user|sync))\/|^queue\/index\.js$|^flow\/(?:flow-hub|trace)/.test(file);
const shared = {
  absWorkingDir: core,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // load.cjs takes each byte for a character.
  charset: 'ascii',
  // The names of classes are told to users: in errors, in what is logged and registered.
  keepNames: true,
};

// Which names each file exports.
const { metafile } = await build({
  ...shared,
  splitting: true,
  entryPoints: files,
  outdir: 'parts',
  write: false,
  metafile: true,
});
const exportsOf = (file) => metafile.outputs[`parts/${file}`].exports;
const names = new Set(files.flatMap(exportsOf));
/** esbuild puts a number behind the name of what it has renamed. */
function isName(name) {
  return names.has(name) || !names.has(name.replace(/\d+$/, ''));
}

/** A module whose export `parts` has, for each file, what gives its exports; and what else it has. */
function listing(listed, more) {
  // A part is put together when its door is opened: an object of all exports of each file was 0.3 MB in every thread.
  const imports = listed.map((file, part) => {
    const names = exportsOf(file).map((name) => `${name} as part${part}_${name}`);
    return `import { ${names.join(', ')} } from './${file}';\n`;
  });
  const parts = listed.map((file, part) => {
    const changing = new Set(
      [...readFileSync(join(core, file), 'utf8').matchAll(/^export let (\w+)/gm)].map(([, name]) => name),
    );
    const members = exportsOf(file).map((name) =>
      changing.has(name) ? `get ${name}() { return part${part}_${name}; }` : `${name}: part${part}_${name}`,
    );
    return `'${file}': () => ({ ${members.join(', ')} })`;
  });
  return {
    contents: `${imports.join('')}export const parts = { ${parts.join(', ')} };\n${more}`,
    resolveDir: core,
    sourcefile: 'parts.js',
  };
}

/** Imports of files that the other bundle has become calls of `name`. */
const fromOther = (name, isOther) => ({
  name,
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path)
        .slice(core.length + 1)
        .replaceAll('\\', '/');
      return isOther(file) ? { path: `${name}:${file}`, external: true } : undefined;
    });
  },
});

const maps = { sourcemap: true, sourcesContent: false };
const url = `const coreUrl = require('node:url').pathToFileURL(__filename).href;`;
const common = {
  ...shared,
  ...maps,
  keepNames: false,
  format: 'cjs',
  define: { 'import.meta.url': 'coreUrl' },
};
await build({
  ...shared,
  ...maps,
  stdin: listing(files, 'export const part = (file) => parts[file]();'),
  outfile: forBundlers,
});
nameClassesOnly(forBundlers);
await build({
  ...common,
  stdin: listing(
    files.filter((file) => !isLate(file)),
    'export const part = (file) => (file in parts ? parts[file]() : lateParts()[file]());',
  ),
  outfile: forNode,
  plugins: [fromOther('late', isLate), withoutComments],
  banner: {
    js: `'use strict'; ${url}
let lateOnes;
function lateParts() { return lateOnes ??= require('./late.cjs')(opened); }
const openParts = {};
function opened(file) { return openParts[file] ??= parts[file](); }
function late(file, ...names) {
let part;
const members = names.map((name) => [name, { get: () => (part ??= lateParts()[file]())[name] }]);
return Object.defineProperties({}, Object.fromEntries(members));
}`,
  },
});
await build({
  ...common,
  stdin: listing(files.filter(isLate), ''),
  outfile: forLate,
  plugins: [fromOther('opened', (file) => !isLate(file)), withoutComments],
  banner: { js: `'use strict'; module.exports = (opened) => { const module = { exports: {} }; ${url}` },
  footer: { js: 'return module.exports.parts; };' },
});
for (const file of [forNode, forLate]) {
  linkOther(file);
  slimDown(file);
}

function edit(file, change) {
  writeFileSync(join(core, file), change(readFileSync(join(core, file), 'latin1')), 'latin1');
}

/** What esbuild takes for packages becomes what the banners above define. */
function linkOther(file) {
  edit(file, (text) =>
    text
      .replace(
        /require\("late:([^"]+)"\)/g,
        (_, other) => `late(${JSON.stringify([other, ...exportsOf(other)]).slice(1, -1)})`,
      )
      .replace(/require\("opened:([^"]+)"\)/g, 'opened("$1")'),
  );
}

// esbuild keeps the name of each function too, closures included: a property defined anew each time one is made, which
// took longer than the rest of an ask.
function nameClassesOnly(file) {
  edit(file, (text) => {
    const [helper] = /^var __name = .*;$/m.exec(text);
    return text
      .replace(helper, `${helper.replace('__name', '__className')} var __name = (target) => target;`)
      .replaceAll('__name(this, ', '__className(this, ');
  });
}

function slimDown(file) {
  const map = JSON.parse(readFileSync(join(core, `${file}.map`), 'utf8'));
  edit(file, (text) => {
    const less = slim(withNames(text, isName), map);
    writeFileSync(join(core, `${file}.map`), JSON.stringify(less.map));
    return less.text;
  });
}

writeFileSync(
  join(core, door),
  `import { createRequire } from 'node:module';
export const { part } = createRequire(import.meta.url)('./load.cjs');
`,
);
for (const file of files) {
  const names = exportsOf(file).join(', ');
  const taken = names === '' ? 'export {};' : `export const { ${names} } = part('${file}');`;
  writeFileSync(join(core, file), `import { part } from '#core';\n${taken}\n`);
}
// What Node finds by the package's name, in one file: another one, and `#core` to be looked up, took 2 ms of a start.
writeFileSync(
  join(core, entrance),
  `import { createRequire } from 'node:module';
const { part } = createRequire(import.meta.url)('./load.cjs');
export const { ${exportsOf('index.js').join(', ')} } = part('index.js');
`,
);
