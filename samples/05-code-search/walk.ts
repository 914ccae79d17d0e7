import { type Dirent, readdirSync } from 'node:fs';

/** The files below a folder. */
export interface Walk {
  /** Relative to the folder, with `/` between names, in an order that is the same on every machine. */
  paths: string[];
  /** Links, which are not followed: what they lead to inside the folder is found anyway. */
  links: number;
  /** Folders that could not be read, and what is neither file, folder nor link (sockets, devices). */
  unreadable: number;
}

const SKIPPED_FOLDERS = new Set(['.git', '.hg', '.svn']);
/** How long it walks, in milliseconds, until signals and sockets have their turn. */
const TURN_MS = 10;

/**
 * Finds all files below `root`. Gives up early, with what it has, when `signal` is aborted.
 *
 * Reads folders synchronously, which takes half the CPU of the promises, and there are other threads that need it.
 *
 * @throws the file system's error when `root` itself cannot be read
 */
export async function walk(root: string, signal?: AbortSignal): Promise<Walk> {
  const found: Walk = { paths: [], links: 0, unreadable: 0 };
  // A stack of entries yet to be seen and not recursion: folders can be nested deeper than calls can.
  const stack = entriesOf(root).map((entry) => ({ entry, folder: '' }));
  let turnEnds = performance.now() + TURN_MS;
  for (let next = stack.pop(); next !== undefined && !signal?.aborted; next = stack.pop()) {
    const { entry, folder } = next;
    const path = folder + entry.name;
    if (entry.isFile()) found.paths.push(path);
    else if (entry.isSymbolicLink()) found.links++;
    else if (!entry.isDirectory()) found.unreadable++;
    else if (!SKIPPED_FOLDERS.has(entry.name)) {
      try {
        for (const inner of entriesOf(`${root}/${path}`)) stack.push({ entry: inner, folder: `${path}/` });
      } catch {
        found.unreadable++;
      }
      if (performance.now() < turnEnds) continue;
      await new Promise((resolve) => setImmediate(resolve));
      turnEnds = performance.now() + TURN_MS;
    }
  }
  return found;
}

/** Last name first, as the stack wants it; compared by code units, since collation differs from place to place. */
function entriesOf(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? 1 : -1));
}
