import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Answer } from './answer.js';
import { Engine, type Outcome } from './engine.js';
import { LiveFeed } from './live-feed.js';
import { HelpShown, type Options, parseOptions, UsageError } from './options.js';
import { type Progress, progressView } from './progress.js';
import { chaosLine, report } from './report.js';
import { startDashboard, startServer } from './server.js';
import { printable } from './snippet.js';
import { type Walk, walk } from './walk.js';

// From dist/samples/05-code-search/ back to the project.
const PROJECT = new URL('../../../', import.meta.url);
const PAGE = new URL('samples/05-code-search/page/', PROJECT);
const RESULTS = 10;

/** What was asked for goes to standard output; all the rest, as is the custom, to standard error. */
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * The whole program, from the command line to the exit code: 0 when all went well or was interrupted, 1 when files
 * were lost, 2 when the user has something to put right.
 */
export async function runApp(args: readonly string[], interrupt: AbortSignal): Promise<number> {
  try {
    const options = await parseOptions(args, fileURLToPath(new URL('node_modules', PROJECT)));
    return await runEngine(options, interrupt);
  } catch (error) {
    if (error instanceof HelpShown) return 0;
    if (!(error instanceof UsageError)) throw error;
    say(`error: ${printable(error.message)}`);
    return 2;
  }
}

async function filesIn(folder: string, interrupt: AbortSignal): Promise<Walk> {
  const shown = JSON.stringify(folder);
  const found = await walk(folder, interrupt).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`the folder ${shown} cannot be read (${error.code})`);
  });
  if (found.paths.length === 0 && !interrupt.aborted)
    throw new UsageError(`the folder ${shown} has no files`);
  return found;
}

async function runEngine(options: Options, interrupt: AbortSignal): Promise<number> {
  const { folder, threads, chaos } = options;
  await using engine = await Engine.start({ root: folder, threads, chaos });
  const found = await filesIn(folder, interrupt);
  if (interrupt.aborted) return stopped();
  const live = new LiveState(folder, found.paths.length);
  const serving = options.once ? undefined : await serve(engine, options, live);
  try {
    if (serving !== undefined) say(`${serving.url}  (Ctrl-C ends it)\n${live.dashboard}  (dashboard)`);
    const outcome = await indexAll(engine, found, interrupt, live);
    if (options.query !== undefined && !interrupt.aborted) {
      printAnswer(options.query, await engine.answer(options.query, RESULTS));
    }
    if (serving !== undefined) await aborted(interrupt);
    if (interrupt.aborted) stopped();
    return outcome.lost === 0 ? 0 : 1;
  } finally {
    await serving?.server.close();
  }
}

/** The page, and the dashboard that it links to, which ends with the engine. */
async function serve(engine: Engine, options: Options, live: LiveState): ReturnType<typeof startServer> {
  live.dashboard = await startDashboard(engine.system, options.dashboardPort);
  return startServer({
    port: options.port,
    pageFolder: PAGE,
    feed: new LiveFeed(engine.system, () => live.view()),
    search: (text, limit) => engine.answer(text, limit),
  });
}

async function indexAll(
  engine: Engine,
  found: Walk,
  interrupt: AbortSignal,
  live: LiveState,
): Promise<Outcome> {
  const view = progressView(process.stderr);
  const outcome = await engine.indexFiles(found.paths, interrupt, (progress) => {
    view.update(progress);
    live.progress = progress;
  });
  view.end();
  live.outcome = outcome;
  say(report(found, outcome, engine.system.metrics()));
  if (engine.options.chaos > 0) say(chaosLine(outcome));
  if (outcome.firstFailure !== undefined) {
    say(`${outcome.failed} files could not be indexed: ${outcome.firstFailure.message}`);
  }
  return outcome;
}

/** What the page is told about the index, before and after it is complete. */
class LiveState {
  progress: Progress | undefined;
  outcome: Outcome | undefined;
  /** Where the dashboard is. */
  dashboard = '';

  constructor(
    private readonly folder: string,
    private readonly totalFiles: number,
  ) {}

  view(): ReturnType<ConstructorParameters<typeof LiveFeed>[1]> {
    const { progress, outcome } = this;
    return {
      phase: outcome === undefined ? 'indexing' : 'ready',
      folder: printable(basename(this.folder) || this.folder),
      dashboard: this.dashboard,
      index: {
        files: outcome?.size.files ?? progress?.files ?? 0,
        seenFiles: progress?.files ?? 0,
        totalFiles: this.totalFiles,
        bytes: progress?.bytes ?? 0,
        terms: outcome?.size.terms ?? 0,
        elapsedMs: progress?.elapsedMs ?? 0,
      },
    };
  }
}

/** One line for each finding, as compilers and grep print it, so that editors can follow. */
function printAnswer(query: string, { words, total, results }: Answer): void {
  if (words.length === 0) say('nothing to search for: a word of two letters or more, please');
  else if (total === 0) say(`no file has ${printable(query.slice(0, 200))}`);
  for (const { path, snippets } of results) {
    for (const { line, text } of snippets) process.stdout.write(`${printable(path)}:${line}: ${text}\n`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function stopped(): number {
  say('stopped');
  return 0;
}
