import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';

export interface Options {
  /** The folder to index, as an absolute path. */
  folder: string;
  port: number;
  dashboardPort: number;
  /** Tokenizer threads; 0 runs every actor in the main thread. */
  threads: number;
  /** Ends after indexing, instead of serving. */
  once: boolean;
  query: string | undefined;
  /** How many tokenizer threads to kill while indexing. */
  chaos: number;
}

/** Something the user can put right: printed as one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Thrown by `parseOptions` for `--help`, which has been printed by then. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown';
}

const MAX_THREADS = 64;
const MAX_KILLS = 1000;

/**
 * Reads the command line.
 *
 * @param defaultFolder what is indexed when no folder is named
 * @throws UsageError with one line that says what is wrong; HelpShown
 */
export async function parseOptions(args: readonly string[], defaultFolder: string): Promise<Options> {
  const command = new Command('npm start --')
    .description('Indexes the text files of a folder, and searches them.')
    .argument('[folder]', 'what to index', defaultFolder)
    .option('--port <number>', 'port of the page, 0 for any', integer('--port', 0, 65_535), 4600)
    .option(
      '--dashboard-port <number>',
      'port of the dashboard, 0 for any',
      integer('--dashboard-port', 0, 65_535),
      0,
    )
    .option(
      '--threads <number>',
      'tokenizer threads, 0 for none: all actors inline',
      integer('--threads', 0, MAX_THREADS),
      Math.min(availableParallelism(), MAX_THREADS),
    )
    .option('--once', 'index, print, and exit', false)
    .option('--query <text>', 'print what is found for this')
    .option(
      '--chaos <number>',
      'kill so many tokenizer threads meanwhile',
      integer('--chaos', 0, MAX_KILLS),
      0,
    )
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') throw new HelpShown();
    throw new UsageError(error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
  }
  const { port, dashboardPort, threads, once, query, chaos } = command.opts<Omit<Options, 'folder'>>();
  if (chaos > 0 && threads === 0) {
    throw new UsageError('--chaos kills threads, and --threads 0 has none: leave one of them out');
  }
  const folder = await existingFolder(command.processedArgs[0]);
  return { folder, port, dashboardPort, threads, once, query, chaos };
}

function integer(option: string, lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= lowest && value <= highest) return value;
    throw new UsageError(
      `${option} is ${JSON.stringify(text)}: a whole number from ${lowest} to ${highest}, please`,
    );
  };
}

async function existingFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const shown = JSON.stringify(folder);
  if (folder === '' || path.includes('\0')) throw new UsageError(`${shown} cannot be a folder`);
  try {
    if (!(await stat(path)).isDirectory()) throw new UsageError(`${shown} is not a folder`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be looked at (${code})`;
    throw new UsageError(`the folder ${shown} ${why}`);
  }
  return path;
}
