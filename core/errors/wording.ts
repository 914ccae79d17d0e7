/** How values stand in the errors' messages. */
import { inspect } from 'node:util';

export function show(value: unknown): string {
  try {
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 100 });
  } catch {
    // A getter or an `inspect.custom` of the value threw.
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error);
}

export function millis(timeoutMs: number): string {
  return `${timeoutMs} ms`;
}
