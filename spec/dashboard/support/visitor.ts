/** Asks a dashboard as a browser would, or as one should not. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { ActorMetrics, SystemMetrics } from '../../../core/index.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function open(url: string, { method = 'GET', headers = {}, body }: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Each on a connection of its own, or closing would wait for it.
    const asking = request(url, { method, headers, agent: false }, resolve);
    asking.on('error', reject);
    asking.end(body);
  });
}

export async function ask(url: string, asked: Asked = {}): Promise<Answer> {
  const response = await open(url, asked);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString(),
  };
}

/** As the page itself posts. */
export function post(
  url: string,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { origin } = new URL(url);
  return ask(url, { method: 'POST', headers: { origin, ...headers }, body: JSON.stringify(value) });
}

export interface ToldLetter {
  readonly id: number;
  readonly to: string;
  readonly reason: string;
  readonly args?: string;
  readonly error?: string;
  readonly fixed?: string;
}

/** What a page is told. */
export interface Told {
  readonly isAll?: true;
  readonly system: Omit<SystemMetrics, 'actors'> & {
    readonly name: string;
    readonly payloads: boolean;
    readonly totals: Readonly<Record<string, number>>;
  };
  readonly actors: readonly (Partial<ActorMetrics> & { readonly id: number })[];
  readonly gone?: readonly number[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly count: number }[];
  readonly happenings: readonly { readonly kind: string; readonly actor: string; readonly text: string }[];
  readonly letters: readonly ToldLetter[];
  readonly lettersGone?: readonly number[];
}

/** The feed of an open page. */
export class Visit {
  /** All that came, as it came. */
  raw = '';
  readonly told: Told[] = [];
  hasEnded = false;
  #rest = '';
  #heard: () => void = () => undefined;

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#hear(text));
    response.on('close', () => this.#heard());
  }

  static async begin(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Visit> {
    return new Visit(await open(new URL('events', url).href, { headers }));
  }

  #hear(text: string): void {
    this.raw += text;
    const parts = (this.#rest + text).split('\n\n');
    this.#rest = parts.pop() as string;
    for (const part of parts) {
      if (part.startsWith('event: end')) this.hasEnded = true;
      else this.told.push(JSON.parse(part.slice('data: '.length)));
    }
    this.#heard();
  }

  /** Resolves to the first of what is told, earlier or later, that fits. */
  async hear(fits: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const found = this.told.find(fits);
      if (found !== undefined) return found;
      if (this.response.destroyed) throw new Error(`The feed has ended, and it was never told: ${fits}`);
      await this.#more();
    }
  }

  /** Resolves when the server has ended it. */
  async end(): Promise<void> {
    while (!this.response.destroyed) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = resolve;
    });
  }

  leave(): void {
    this.response.destroy();
  }
}
