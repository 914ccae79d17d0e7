/** Fibonacci's numbers, with an actor for each call: it creates two others, and adds up what they answer. */
import { Actor, check, program, timed } from './program.mjs';

const fibonacci = (n) => (n <= 2 ? 1 : fibonacci(n - 1) + fibonacci(n - 2));

export class Call extends Actor {
  static module = import.meta.url;
  async value(n) {
    if (n <= 2) return 1;
    const values = await Promise.all([this.#called(n - 1), this.#called(n - 2)]);
    return values[0] + values[1];
  }
  async #called(n) {
    const call = await this.context.spawn(Call, { placement: 'shared' });
    const value = await call.ask.value(n);
    await call.stop();
    return value;
  }
}

await program({ n: 25 }, async ({ spawn, n }) => {
  const { result, ms } = await timed(async () => {
    const call = await spawn(Call);
    const value = await call.ask.value(n);
    await call.stop();
    return value;
  });
  check('value', result, fibonacci(n));
  return ms;
});
