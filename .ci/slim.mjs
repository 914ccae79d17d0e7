// Less text for every thread to keep: core without comments, indentation and notes of functions' names. Its lines stay
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
 * Most classes have the name of their variable anyway: a block that says so is a function more to compile and to call, in
 * each thread. A class that esbuild has named `_Name`, since it speaks of itself, gets its name back. As many lines and
 * columns stay. In a user's bundle, where names are made shorter, the blocks are needed.
 */
export function withoutNeedlessNames(text) {
  const named =
    /^(\s*(?:var|const|let) (\w+) = class(?: _\2)?(?: extends [^{\n]+)? \{\n)\s*static \{\n\s*__className\(this, "\2"\);\n\s*\}$/gm;
  const own = new Set();
  const less = text.replace(named, (_, head, name) => {
    if (head.includes(` class _${name} `)) own.add(`_${name}`);
    return `${head}\n\n`;
  });
  return less.replace(/\b_\w+\b/g, (name) => (own.has(name) ? `${name.slice(1)} ` : name));
}

/** @returns text and source map without what stands in front of each line, and without `__name(f, "f");` */
export function slim(text, map) {
  const lines = text.split('\n');
  const slimmed = lines.map((line) => line.replace(/^\s+/, '').replace(/^__name\(\w+, "\w+"\);$/, ''));
  const slimText = slimmed.join('\n');
  const named = text.replace(/^\s*__name\(\w+, "\w+"\);$/gm, '');
  // A literal of several lines would have lost something.
  if (meaning(slimText) !== meaning(named)) throw new Error('core is another one without its indentation');
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
