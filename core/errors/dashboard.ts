/** What may go wrong when a dashboard is served. */
import { named, TroupeError } from './troupe-error.js';
import { messageOf, show } from './wording.js';

/** A dashboard was to be served beyond this machine, and nothing would have told friends from strangers. */
export class DashboardTokenMissingError extends TroupeError {
  static {
    named(DashboardTokenMissingError, 'DashboardTokenMissingError');
  }
  constructor(readonly host: string) {
    super(
      `host is ${show(host)}, where other machines could see the dashboard and replay messages. ` +
        "Give it a token, or leave the host at '127.0.0.1'.",
    );
  }
}

/** The address that a dashboard was to be served at cannot be had: its port is in use, for one. */
export class DashboardAddressError extends TroupeError {
  static {
    named(DashboardAddressError, 'DashboardAddressError');
  }
  constructor(
    readonly host: string,
    readonly port: number,
    cause: unknown,
  ) {
    const { code } = cause as { code?: unknown };
    const why =
      code === 'EADDRINUSE'
        ? `port ${port} is in use. Name another one, or 0 for any that is free.`
        : code === 'EACCES'
          ? `port ${port} may not be used. Name one above 1023, or 0 for any that is free.`
          : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
            ? `${show(host)} is no address of this machine.`
            : messageOf(cause);
    super(`The dashboard cannot be served: ${why}`, { cause });
  }
}
