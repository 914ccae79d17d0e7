import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ActorSystem, DashboardAddressError, SystemStoppedError, WrongArgumentError } from '../index.js';
import { Guard } from './guard.js';
import { LetterTray } from './letter-tray.js';
import { LiveFeed } from './live-feed.js';
import { type Dashboard, type DashboardOptions, type Settings, settingsOf } from './options.js';
import { loadPage } from './page-files.js';
import { Routes } from './routes.js';
import { Shown } from './shown.js';

/** A page that does not take what it was sent has so long, in ms, when the dashboard closes. */
const LINGER_MS = 500;

/**
 * Serves a page that shows what the actors of a system do: the tree with mailboxes and throughput, who tells whom,
 * failures, dead letters to be replayed, each actor's last messages. It ends with the system, and keeps no process
 * alive. While no page is open it costs nothing but to keep the last thousand dead letters.
 *
 * ```ts
 * const dashboard = await serveDashboard(system, { port: 4700 });
 * console.log(dashboard.url);                       // http://127.0.0.1:4700/
 * ```
 * @throws {DashboardTokenMissingError} the host is reachable for others, and there is no token
 * @throws {DashboardAddressError} the port is in use, or the host is no address of this machine
 * @throws {OptionOutOfRangeError}
 * @throws {SystemStoppedError}
 */
export async function serveDashboard(
  system: ActorSystem,
  options: DashboardOptions = {},
): Promise<Dashboard> {
  if (!(system instanceof ActorSystem))
    throw new WrongArgumentError('serveDashboard', system, 'an ActorSystem');
  const settings = settingsOf(options);
  const files = await loadPage();
  if (system.health().state === 'stopped') throw new SystemStoppedError('serveDashboard');
  const shown = new Shown(settings.payloads);
  const letters = new LetterTray(system, shown);
  const feed = new LiveFeed(system, letters, shown);
  const routes = new Routes(system, new Guard(settings.token, settings.host), files, feed, letters, shown);
  const server = createServer((request, response) => void answer(routes, request, response));
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= closeServer(server, feed, letters);
    return closed;
  };
  try {
    await listen(server, settings);
  } catch (error) {
    letters.close();
    throw new DashboardAddressError(settings.host, settings.port, error);
  }
  void system.join().then(close);
  return { url: urlOf(server, settings.host), close, [Symbol.asyncDispose]: close };
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await routes.answer(request, response);
  } catch {
    // The asker has gone, most likely; and if not, what failed here is none of theirs.
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

function listen(server: Server, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function closeServer(server: Server, feed: LiveFeed, letters: LetterTray): Promise<void> {
  letters.close();
  const closed = new Promise((resolve) => server.close(resolve));
  feed.close();
  const timer = setTimeout(() => server.closeAllConnections(), LINGER_MS);
  await closed;
  clearTimeout(timer);
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  // All addresses of this machine: it is here as well.
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}/`;
}
