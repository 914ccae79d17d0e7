/**
 * Injection, one container per thread. tsyringe is loaded when the first actor or the first provider asks for it.
 */
import { createRequire } from 'node:module';
import type { DependencyContainer, InjectionToken as TsyringeToken } from 'tsyringe';
import { ProvidersNotFoundError } from '../errors.js';
import type { ActorClass } from '../messaging/ref-types.js';
import type { InjectionToken } from './actor.js';
import { importModule } from './loader.js';

type Tsyringe = typeof import('tsyringe');
type ProvidersModule = { register?: unknown; default?: { register?: unknown } };
type Constructor = new (...args: unknown[]) => object;

function loadTsyringe(): Tsyringe {
  const require = createRequire(import.meta.url);
  if (!('getMetadata' in Reflect)) require('reflect-metadata');
  return require('tsyringe') as Tsyringe;
}

export const DISPOSER_FAILED = 'the disposer of the providers failed';

export class Injector {
  #container: DependencyContainer | undefined;
  #dispose: (() => unknown) | undefined;

  /** The container that this thread's actors inject from. */
  get container(): DependencyContainer {
    this.#container ??= loadTsyringe().container.createChildContainer();
    return this.#container;
  }

  /** Runs a providers module's `register(container)`. */
  async register(url: string): Promise<void> {
    const module = await (importModule(url) as Promise<ProvidersModule>).catch((cause: unknown) => {
      throw new ProvidersNotFoundError(url, { cause });
    });
    const register = module.register ?? module.default?.register;
    if (typeof register !== 'function') {
      throw new ProvidersNotFoundError(url);
    }
    const dispose = (await register(this.container)) as unknown;
    this.#dispose = disposerOf(dispose);
  }

  resolve(token: InjectionToken): unknown {
    return this.container.resolve(token as TsyringeToken);
  }

  /** An instance of an actor class; through the container only when its constructor asks for something. */
  build(type: ActorClass): object {
    const make = type as unknown as Constructor;
    if (!asksForArguments(make)) return new make();
    const { injectable } = loadTsyringe();
    injectable()(make);
    return this.container.resolve(make);
  }

  /** Runs what `register` has returned. Rejects with what that throws. */
  async dispose(): Promise<void> {
    const dispose = this.#dispose;
    this.#dispose = undefined;
    await dispose?.();
  }
}

/** A function, or what `using` and `await using` would dispose of. */
function disposerOf(value: unknown): (() => unknown) | undefined {
  if (typeof value === 'function') return value as () => unknown;
  if (typeof value !== 'object' || value === null) return undefined;
  const { [Symbol.asyncDispose]: later, [Symbol.dispose]: now } = value as Partial<
    AsyncDisposable & Disposable
  >;
  const dispose = later ?? now;
  return typeof dispose === 'function' ? () => dispose.call(value) : undefined;
}

function asksForArguments(type: Constructor): boolean {
  if (type.length > 0) return true;
  const getMetadata = (Reflect as { getMetadata?: (key: string, of: object) => unknown }).getMetadata;
  if (getMetadata === undefined) return false;
  const parameters = getMetadata('design:paramtypes', type);
  return (
    (Array.isArray(parameters) && parameters.length > 0) || getMetadata('injectionTokens', type) !== undefined
  );
}
