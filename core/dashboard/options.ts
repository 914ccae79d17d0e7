/** What `serveDashboard` takes and gives. */
import { isIP } from 'node:net';
import { DashboardTokenMissingError, OptionOutOfRangeError, WrongArgumentError } from '../index.js';

/** Options of {@link serveDashboard}. */
export interface DashboardOptions {
  /** 0 to 65535; 0 for any that is free. Default 0. */
  port?: number;
  /** The address to listen at. Any but this machine's own (`127.0.0.1`, `::1`, `localhost`) demands a token. Default `127.0.0.1`. */
  host?: string;
  /**
   * What whoever looks has to know: 16 to 256 letters, digits and `-._~`. It is sent as `Authorization: Bearer …`, or
   * once as `/?token=…`, and is a cookie from then on. Default: none.
   */
  token?: string;
  /**
   * Whether contents are shown: the arguments of messages, and what errors say. When false they never leave the
   * server; messages can be replayed all the same. Default true.
   */
  payloads?: boolean;
}

/** A dashboard that is being served. */
export interface Dashboard extends AsyncDisposable {
  /** Where it is, as `http://127.0.0.1:4700/`; without the token. */
  readonly url: string;
  /** Ends it: open pages are told. Also done when the system ends. Idempotent. */
  close(): Promise<void>;
}

export type Settings = Required<Omit<DashboardOptions, 'token'>> & { readonly token: string | undefined };

const HOST = /^[\w.-]{1,253}$/;
const TOKEN = /^[\w.~-]{16,256}$/;

/** @throws {OptionOutOfRangeError | WrongArgumentError | DashboardTokenMissingError} */
export function settingsOf(options: DashboardOptions): Settings {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new WrongArgumentError('serveDashboard', options, 'an object of options');
  }
  const { port = 0, host = '127.0.0.1', token, payloads = true } = options;
  check('port', port, 'a whole number from 0 to 65535', Number.isInteger(port) && port >= 0 && port <= 65535);
  const isHost = typeof host === 'string' && (isIP(host) !== 0 || HOST.test(host));
  check('host', host, 'an IP address or the name of a host', isHost);
  const isToken = token === undefined || (typeof token === 'string' && TOKEN.test(token));
  // The error's message goes to logs, where no token belongs.
  const shown = typeof token === 'string' ? `a text of ${token.length} characters` : token;
  check('token', shown, 'a text of 16 to 256 letters, digits and -._~', isToken);
  check('payloads', payloads, 'true or false', typeof payloads === 'boolean');
  if (token === undefined && !isLoopback(host)) throw new DashboardTokenMissingError(host);
  return { port, host, token, payloads };
}

function check(option: string, value: unknown, range: string, fits: boolean): void {
  if (!fits) throw new OptionOutOfRangeError(option, value, range);
}

/** Whether only this machine can reach it. */
export const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
