// Less text for every thread to keep: core without comments and indentation. Its lines stay
// those of the source, so that a stack trace can be read, and its source map stays true.
import { readFileSync } from 'node:fs';
import { transform, transformSync } from 'esbuild';

/** Leaves out the comments, also those that esbuild would keep. */
export const withoutComments = {
  name: 'without-comments',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const map = readFileSync(`${path}.map`, 'base64');
      const mapped = text.replace(/^(\/\/# sourceMappingURL=).*/m, `$1data:application/json;base64,${map}`);
      const { code } = await transform(mapped, {
        sourcefile: path,
        sourcemap: 'inline',
        sourcesContent: false,
        minifyWhitespace: true,
        target: 'node20',
      });
      return { contents: code };
    });
  },
};

/**
 * Gives classes the names of their sources, which esbuild does by a block in each, a function more to compile and to call
 * in each thread, and so for each closure. Most have the name of their variable anyway; and one that is `_Name`, since it
 * speaks of itself, gets its name back. As many lines and columns stay. In a user's bundle, where names are made shorter,
 * the blocks are needed.
 * @param isName whether a class of that name is in the sources
 */
export function withNames(text, isName) {
  const own = new Map();
  const head = /^(\s*(?:var|const|let) (\w+) = class)( _\w+)?( extends [^{\n]+)?( \{)$/gm;
  const named = text.replace(head, (_, start, name, inner = '', base = '', end) => {
    if (inner !== '') own.set(inner.trim(), name);
    if (isName(name)) return `${start}${inner}${base}${end}`;
    const real = JSON.stringify(name.replace(/\d+$/, ''));
    return `${start}${inner}${base}${end} static { Object.defineProperty(this, "name", { value: ${real}, configurable: true }); }`;
  });
  return named.replace(/\b_\w+\b/g, (name) => own.get(name)?.padEnd(name.length) ?? name);
}

/** @returns text and source map without what stands in front of each line */
export function slim(text, map) {
  const lines = text.split('\n');
  const slimText = lines.map((line) => line.trimStart()).join('\n');
  // A literal of several lines would have lost something.
  if (meaning(slimText) !== meaning(text)) throw new Error('core is another one without its indentation');
  const mappings = map.mappings
    .split(';')
    .map((segments, i) => moved(segments, lines[i].length - lines[i].trimStart().length))
    .join(';');
  return { text: slimText, map: { ...map, mappings } };
}

const meaning = (text) => transformSync(text, { minifyWhitespace: true, platform: 'node' }).code;

/** One line of a source map, so many columns further to the left. */
function moved(segments, by) {
  if (segments === '' || by === 0) return segments;
  let column = 0;
  let last = 0;
  return segments
    .split(',')
    .map((segment) => {
      const [delta, rest] = firstOf(segment);
      column += delta;
      const at = Math.max(0, column - by);
      const out = `${encoded(at - last)}${rest}`;
      last = at;
      return out;
    })
    .join(',');
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The first number of a segment, and the others as they stand there. */
function firstOf(segment) {
  let value = 0;
  for (let at = 0, shift = 0; ; at++, shift += 5) {
    const digit = DIGITS.indexOf(segment[at]);
    value |= (digit & 31) << shift;
    if (digit < 32) return [value & 1 ? -(value >> 1) : value >> 1, segment.slice(at + 1)];
  }
}

function encoded(value) {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
