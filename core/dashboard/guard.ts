/** Who is answered: this machine's own pages, or whoever knows the token. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from './options.js';

export type Verdict =
  | {
      readonly status: 200 /** To be set, for who came with the token in the address. */;
      readonly cookie?: string;
    }
  | { readonly status: 401 | 403 | 405; readonly why: string };

const OK: Verdict = { status: 200 };

export class Guard {
  readonly #token: Buffer | undefined;
  /** What the cookie holds, rather than the token: it is worth nothing once this server has ended. */
  readonly #session = randomBytes(32).toString('base64url');
  readonly #sessionDigest = digest(this.#session);

  constructor(
    token: string | undefined,
    readonly host: string,
  ) {
    this.#token = token === undefined ? undefined : digest(token);
  }

  look(request: IncomingMessage, url: URL): Verdict {
    const { method, headers } = request;
    // A page of a name that was made to mean this machine would be let in by the browser.
    if (isLoopback(this.host) && !isLoopback(nameIn(`http://${headers.host}`))) {
      return { status: 403, why: 'The dashboard answers at 127.0.0.1, [::1] and localhost only.' };
    }
    if (!['GET', 'HEAD', 'POST'].includes(method ?? '')) return { status: 405, why: 'GET, HEAD or POST.' };
    const site = headers['sec-fetch-site'];
    const isForeign = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (isForeign && url.pathname !== '/')
      return { status: 403, why: 'Only pages of the dashboard may ask this.' };
    if (method === 'POST' && !isOwn(headers.origin, headers.host)) {
      return { status: 403, why: 'Only pages of the dashboard may post: the origin has to be its own.' };
    }
    return this.#knowsToken(request, url);
  }

  #knowsToken(request: IncomingMessage, url: URL): Verdict {
    const token = this.#token;
    if (token === undefined) return OK;
    // Cookies know no ports: two dashboards of one host would forget each other.
    const name = `troupe-${request.socket.localPort}`;
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer !== undefined && isSame(bearer, token)) return OK;
    const cookie = cookieOf(request.headers.cookie, name);
    if (cookie !== undefined && isSame(cookie, this.#sessionDigest)) return OK;
    const given = url.pathname === '/' ? url.searchParams.get('token') : null;
    if (given !== null && isSame(given, token)) {
      return { status: 200, cookie: `${name}=${this.#session}; HttpOnly; SameSite=Strict; Path=/` };
    }
    return {
      status: 401,
      why: 'The dashboard wants its token: open /?token=… once, or send Authorization: Bearer …',
    };
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** In a time that says nothing of how much of it fits. */
const isSame = (given: string, expected: Buffer): boolean => timingSafeEqual(digest(given), expected);

function nameIn(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** A proxy in front may have another scheme, but no other host. */
function isOwn(origin: string | undefined, host: string | undefined): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  const start = `${name}=`;
  const found = header?.split(/; */).find((each) => each.startsWith(start));
  return found?.slice(start.length);
}
