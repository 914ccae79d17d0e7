// tsc never removes what it compiled from a source that is gone, and mocha would still run it.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const dist = join(import.meta.dirname, '..', 'dist');
const root = join(dist, '..');
const compiled = /\.(c?)js(?:\.map)?$|\.d\.(c?)ts$/;

for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !compiled.test(entry.name)) continue;
  const file = join(entry.parentPath, entry.name);
  const source = join(root, relative(dist, file)).replace(compiled, '.$1$2ts');
  if (!existsSync(source)) rmSync(file);
}
