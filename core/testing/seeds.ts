/** Which seed a test runs with, and how a failure tells it. */
import { inRange } from '../messaging/checks.js';
import { MAX_SEED } from './random.js';

/** The seed that `TROUPE_SEED` asks for, to play one run again. */
export function seedAskedFor(): number | undefined {
  const { TROUPE_SEED } = process.env;
  if (TROUPE_SEED === undefined || TROUPE_SEED === '') return undefined;
  return inRange('TROUPE_SEED', Number(TROUPE_SEED), 0, MAX_SEED);
}

/** The same error, which says how to have it again. */
export function withSeed(error: unknown, seed: number): unknown {
  const how = `TROUPE_SEED=${seed} plays this run again`;
  if (!(error instanceof Error)) return new Error(`${String(error)} was thrown; ${how}`, { cause: error });
  const { message, stack } = error;
  if (message.includes(how)) return error;
  const told = `${message}\n${how}`;
  try {
    error.message = told;
    error.stack = stack?.replace(message, () => told);
  } catch {
    // Its message cannot be changed.
    return new Error(`${told}`, { cause: error });
  }
  return error;
}
