// One file for core: every thread loads all of it, and each file more costs it half a millisecond and more.
//
// dist/core/runtime/troupe.cjs holds what tsc compiled, and is loaded by load.cjs; troupe.js is the same for bundlers,
// which cannot follow that. Each compiled file becomes a door to its part of it, so that whoever imports one, a spec
// or a package, gets the same classes as everybody else in that thread. `#core` in package.json says which it is.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const core = join(import.meta.dirname, '..', 'dist', 'core');
// Beside the thread's entry, which is addressed from there.
const forNode = 'runtime/troupe.cjs';
const forBundlers = 'runtime/troupe.js';
const door = 'runtime/parts.js';
const files = readdirSync(core, { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.js') && file !== forBundlers && file !== door)
  // Loaded where it is asked for, which is in one thread, or imports packages that not everybody has; through the doors,
  // as a user's own code.
  .filter((file) => !/^(?:dashboard|testing|telemetry)\//.test(file))
  .sort();
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
// A part is put together when its door is opened: an object of all exports of each file was 0.3 MB in every thread.
const imports = files.map((file, part) => {
  const names = exportsOf(file).map((name) => `${name} as part${part}_${name}`);
  return `import { ${names.join(', ')} } from './${file}';\n`;
});
const parts = files.map((file, part) => {
  const names = exportsOf(file).map((name) => `${name}: part${part}_${name}`);
  return `'${file}': () => ({ ${names.join(', ')} })`;
});
const one = {
  ...shared,
  stdin: {
    contents: `${imports.join('')}export const parts = { ${parts.join(', ')} };`,
    resolveDir: core,
    sourcefile: 'parts.js',
  },
  sourcemap: true,
  sourcesContent: false,
};
await build({ ...one, outfile: forBundlers });
await build({
  ...one,
  outfile: forNode,
  format: 'cjs',
  define: { 'import.meta.url': 'coreUrl' },
  banner: { js: `'use strict'; const coreUrl = require('node:url').pathToFileURL(__filename).href;` },
});
for (const file of [forNode, forBundlers]) nameClassesOnly(join(core, file));

// esbuild keeps the name of each function too, closures included: a property defined anew each time one is made, which
// took longer than the rest of an ask.
function nameClassesOnly(file) {
  const text = readFileSync(file, 'latin1');
  const [helper] = /^var __name = .*;$/m.exec(text);
  const named = text
    .replace(helper, `${helper.replace('__name', '__className')} var __name = (target) => target;`)
    .replaceAll('__name(this, ', '__className(this, ');
  writeFileSync(file, named, 'latin1');
}

writeFileSync(
  join(core, door),
  `import { createRequire } from 'node:module';
export const { parts } = createRequire(import.meta.url)('./load.cjs');
`,
);
for (const file of files) {
  const names = exportsOf(file).join(', ');
  const taken = names === '' ? 'export {};' : `export const { ${names} } = parts['${file}']();`;
  writeFileSync(join(core, file), `import { parts } from '#core';\n${taken}\n`);
}
