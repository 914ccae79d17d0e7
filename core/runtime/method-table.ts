/** The methods that messages to an actor have named, as they were found in its present life. */

export type Call = (...args: unknown[]) => unknown;

export class MethodTable {
  /** By their number in the table that all threads share. */
  readonly byNumber: Call[] = [];
  readonly byName = new Map<string, Call>();
}
