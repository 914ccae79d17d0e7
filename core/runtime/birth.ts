/** What an actor is given at birth. Made when it is first asked for: of actors by the hundred thousand, most do not. */
import type { ActorContext } from '../messaging/context-types.js';
import type { Construction, InjectionToken } from './actor.js';
import type { ActorCell } from './actor-cell.js';
import { Context } from './context.js';
import type { Host } from './host.js';

export class Birth implements Construction {
  readonly #host: Host;
  readonly #cell: ActorCell;
  #self: unknown;
  #context: ActorContext | undefined;

  constructor(
    host: Host,
    cell: ActorCell,
    readonly props: unknown,
  ) {
    this.#host = host;
    this.#cell = cell;
  }

  get self(): unknown {
    this.#self ??= this.#host.refs.refTo(this.#cell.identity);
    return this.#self;
  }

  get context(): ActorContext {
    this.#context ??= new Context(this.#host, this.#cell);
    return this.#context;
  }

  inject(token: InjectionToken): unknown {
    return this.#host.injector.resolve(token);
  }
}
