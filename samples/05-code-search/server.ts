import { readFile } from 'node:fs/promises';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { serveDashboard } from '../../core/dashboard/index.js';
import { type ActorSystem, DashboardAddressError } from '../../core/index.js';
import type { Answer } from './answer.js';
import type { LiveFeed } from './live-feed.js';
import { UsageError } from './options.js';

export interface ServerOptions {
  /** 0 for any free one. */
  port: number;
  /** Where the page's files are. */
  pageFolder: URL;
  feed: LiveFeed;
  search(text: string, limit: number): Promise<Answer>;
}

const HOST = '127.0.0.1';
const RESULTS = 20;
/** Characters of a query; the rest is left out. A percent-encoded one is up to nine times as long in the URL. */
const MAX_QUERY = 10_240;
const MAX_HEADER_BYTES = 128 * 1024;

const FILES = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
} as const;

/**
 * Serves the page, `/search?q=` as JSON, and `/events`, on this machine only.
 *
 * @returns the server, and the address to open
 * @throws UsageError when the port cannot be had
 */
export async function startServer(options: ServerOptions): Promise<{ server: FastifyInstance; url: string }> {
  const server = fastify({
    // Streams of events never end by themselves, and must not keep a closing server waiting.
    forceCloseConnections: true,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
  });
  await servePage(server, options.pageFolder);
  server.get<{ Querystring: { q?: string | string[] } }>('/search', async ({ query }) => {
    const text = [query.q ?? ''].flat().join(' ');
    return options.search(text.slice(0, MAX_QUERY), RESULTS);
  });
  server.get('/events', (_request, reply) => streamEvents(reply, options.feed));
  server.addHook('onClose', async () => options.feed.stop());
  try {
    return { server, url: `${await server.listen({ port: options.port, host: HOST })}/` };
  } catch (error) {
    await server.close();
    throw new UsageError(portProblem(options.port, error as NodeJS.ErrnoException));
  }
}

/**
 * Serves the system's dashboard, on this machine only; it ends with the system.
 *
 * @returns its address
 * @throws UsageError when the port cannot be had
 */
export async function startDashboard(system: ActorSystem, port: number): Promise<string> {
  try {
    return (await serveDashboard(system, { port, host: HOST })).url;
  } catch (error) {
    if (!(error instanceof DashboardAddressError)) throw error;
    throw new UsageError(portProblem(port, error.cause as NodeJS.ErrnoException, '--dashboard-port'));
  }
}

async function servePage(server: FastifyInstance, folder: URL): Promise<void> {
  for (const [path, [file, type]] of Object.entries(FILES)) {
    const content = await readFile(new URL(file, folder));
    server.get(path, (_request, reply) =>
      reply
        .type(type)
        .header('content-security-policy', "default-src 'self'; img-src data:")
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'no-cache')
        .send(content),
    );
  }
}

function streamEvents(reply: FastifyReply, feed: LiveFeed): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const stop = feed.listen((data) => {
    // A page that does not read misses a view: the next one says it all again.
    if (!raw.writableNeedDrain) raw.write(`data: ${data}\n\n`);
  });
  raw.on('close', stop);
}

function portProblem(port: number, { code, message }: NodeJS.ErrnoException, option = '--port'): string {
  if (code === 'EADDRINUSE') return `port ${port} is in use: name another one with ${option}`;
  if (code === 'EACCES') return `port ${port} may not be used: name one above 1023 with ${option}`;
  return `cannot listen on port ${port}: ${message}`;
}
