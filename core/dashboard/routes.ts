/** What is answered to whom: the page's files, its feed, one actor, and a replay. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Actor, ActorNotFoundError, type ActorSystem } from '../index.js';
import type { Guard } from './guard.js';
import type { LetterTray } from './letter-tray.js';
import type { LiveFeed } from './live-feed.js';
import type { PageFile } from './page-files.js';
import type { Shown } from './shown.js';

/** Nothing of it may come from elsewhere, nor be seen elsewhere; and no text becomes markup, whoever should try. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Bytes of a body. */
const MAX_BODY = 64 * 1024;

export class Routes {
  constructor(
    readonly system: ActorSystem,
    readonly guard: Guard,
    readonly files: ReadonlyMap<string, PageFile>,
    readonly feed: LiveFeed,
    readonly letters: LetterTray,
    readonly shown: Shown,
  ) {}

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const address = `http://dashboard${request.url}`;
    if (!URL.canParse(address)) return text(response, 400, 'This is no address.');
    const url = new URL(address);
    const verdict = this.guard.look(request, url);
    if (verdict.status !== 200) {
      if (verdict.status === 401) response.setHeader('www-authenticate', 'Bearer');
      return text(response, verdict.status, verdict.why);
    }
    if (verdict.cookie !== undefined) response.setHeader('set-cookie', verdict.cookie);
    if (request.method === 'POST') return this.#post(request, response, url.pathname);
    const file = this.files.get(url.pathname);
    if (file !== undefined) return sendFile(request, response, file);
    if (url.pathname === '/events') return this.#events(request, response);
    if (url.pathname === '/actor') return this.#actor(response, url.searchParams.get('path') ?? '');
    return text(response, 404, 'There is nothing here.');
  }

  #events(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (request.method === 'HEAD') response.end();
    else this.feed.join(response);
  }

  /** One actor, listed or not, and what stands in its black box. */
  #actor(response: ServerResponse, path: string): void {
    const actor = this.system.metrics().actors.find((each) => each.path === path);
    json(response, 200, { actor: actor ?? null, last: actor === undefined ? [] : this.#lastOf(path) });
  }

  #lastOf(path: string): readonly object[] {
    try {
      const last = this.system.lastMessages(this.system.find(Actor, path));
      return last.map((message) => ({ ...message, args: this.shown.args(message.args) }));
    } catch (error) {
      // A pool that is starting is not found before its workers.
      if (error instanceof ActorNotFoundError) return [];
      throw error;
    }
  }

  async #post(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (path !== '/replay') return text(response, 404, 'There is nothing here.');
    const body = await bodyOf(request);
    if (body === undefined) {
      response.setHeader('connection', 'close');
      return text(response, 413, `The body has more than ${MAX_BODY} bytes.`);
    }
    const ids = idsIn(body);
    if (ids === undefined)
      return text(response, 400, 'The body has to be {"ids":[…]}, numbers of dead letters.');
    json(response, 200, this.letters.replay(ids));
  }
}

function sendFile({ headers }: IncomingMessage, response: ServerResponse, file: PageFile): void {
  const packs = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
  if (packs) response.setHeader('content-encoding', 'gzip');
  const content = packs ? file.packed : file.content;
  response.writeHead(200, { 'content-type': file.type, 'content-length': content.length }).end(content);
}

function text(response: ServerResponse, status: number, content: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${content}\n`);
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** @returns undefined for one that is too long */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function idsIn(body: string): readonly number[] | undefined {
  try {
    const { ids } = JSON.parse(body);
    return Array.isArray(ids) && ids.every(Number.isInteger) ? ids : undefined;
  } catch {
    return undefined;
  }
}
