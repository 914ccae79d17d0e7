/**
 * The main job: indexes a folder with a pool of tokenizers on threads of their own, and serves a search page.
 *
 *     npm start -- [folder] [--port 4600] [--dashboard-port n] [--threads n] [--once --query "text"] [--chaos n]
 */
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Who asks twice does not want to wait for what is under way.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
}
// The reader of a pipe may have seen enough: `npm start -- --once --query x | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Only now the rest is loaded: a Ctrl-C while it is must already be heard.
const { runApp } = await import('./app.js');
process.exitCode = await runApp(process.argv.slice(2), interrupt.signal);

export {};
