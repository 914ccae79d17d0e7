// One file for core: every thread loads all of it, and each file more costs it half a millisecond and more.
//
// dist/core/runtime/troupe.js holds what tsc compiled; each compiled file becomes a door to its part of it, so that whoever
// imports one, a spec or a package, gets the same classes as everybody else in that thread.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const core = join(import.meta.dirname, '..', 'dist', 'core');
// Beside the thread's entry, which is addressed from there.
const bundle = 'runtime/troupe.js';
const files = readdirSync(core, { recursive: true })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.js') && file !== bundle)
  .sort();
const shared = {
  absWorkingDir: core,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
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

await build({
  ...shared,
  stdin: {
    contents: files.map((file, part) => `export * as part${part} from './${file}';`).join('\n'),
    resolveDir: core,
    sourcefile: 'parts.js',
  },
  sourcemap: true,
  sourcesContent: false,
  outfile: bundle,
});

for (const [part, file] of files.entries()) {
  const { exports } = metafile.outputs[`parts/${file}`];
  const up = '../'.repeat(file.split('/').length - 1) || './';
  const names =
    exports.length > 0 ? `export const { ${exports.join(', ')} } = part${part};\n` : 'export {};\n';
  writeFileSync(join(core, file), `import { part${part} } from '${up}${bundle}';\n${names}`);
}
