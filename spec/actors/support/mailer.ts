/** An actor that fails on demand, for the specs of what becomes of its messages. */
import { Actor } from '../../../core/index.js';

export class Mailer extends Actor<{ down?: boolean }> {
  static module = import.meta.url;
  readonly #sent: unknown[] = [];

  mail(what: unknown): number {
    if (this.props.down === true) throw new Error('no mail server');
    return this.#sent.push(what);
  }

  sent(): unknown[] {
    return this.#sent;
  }

  async *many(count: number): AsyncGenerator<number> {
    for (let n = 0; n < count; n++) yield n;
  }
}
