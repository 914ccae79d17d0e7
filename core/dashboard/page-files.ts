/** The page: its own files, and the charts' library, read once when a dashboard is served. */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
  readonly packed: Buffer;
}

// From dist/core/dashboard/ back to the package.
const FOLDER = fileURLToPath(new URL('../../../core/dashboard/page/', import.meta.url));
const LIBRARY = ['uPlot.esm.js', 'uPlot.min.css'];
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const pack = promisify(gzip);

/** By path: `/`, `/app.js` and so on. */
export async function loadPage(): Promise<ReadonlyMap<string, PageFile>> {
  const library = dirname(createRequire(import.meta.url).resolve('uplot'));
  const own = (await readdir(FOLDER)).map((name) => join(FOLDER, name));
  const paths = [...own, ...LIBRARY.map((name) => join(library, name))];
  const files = await Promise.all(paths.map(readPageFile));
  return new Map(files);
}

async function readPageFile(path: string): Promise<[string, PageFile]> {
  const content = await readFile(path);
  const name = path.slice(dirname(path).length + 1);
  const file = { type: TYPES[extname(name)], content, packed: await pack(content) };
  return [name === 'index.html' ? '/' : `/${name}`, file];
}
