/**
 * Plays commands on a real queue or lock and on a plain model of it, and compares after each.
 */
import { expect } from 'chai';
import fc from 'fast-check';
import { parameters } from '../../support/seeds.js';

/** How a call ended: with a value, or with an error of this code. */
export type Outcome = { readonly value: unknown } | { readonly code: string };

/** A call that may wait. The model says how it has to end, when it has to. */
export class Call {
  outcome?: Outcome;
  expected?: Outcome;
  readonly ended: Promise<void>;

  constructor(
    readonly name: string,
    run: () => Promise<unknown>,
  ) {
    this.ended = run().then(
      (value) => {
        this.outcome = { value };
      },
      (error) => {
        this.outcome = { code: error.code ?? error.name };
      },
    );
  }
}

/** What a call gives at once. */
export function outcomeOf(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    return { code: (error as { code: string }).code };
  }
}

export interface Game<Command> {
  /** Does it to both. */
  play(command: Command): void;
  readonly calls: Call[];
  /** What both can be asked at any time. */
  compare(): void;
  /** Ends what still waits. */
  end(): void;
}

/** What is awaited has come by then; what must not come would have come. */
const TURNS = 3;

/** A call that never ends is a failure of its own, with a seed. */
const LIMIT_MS = 5000;

async function inTime({ name, ended }: Call): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} does not end`)), LIMIT_MS);
  });
  await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

async function playAll<Command>(game: Game<Command>, commands: readonly Command[]): Promise<void> {
  try {
    for (const command of commands) {
      game.play(command);
      for (const call of game.calls) {
        if (call.expected === undefined) continue;
        await inTime(call);
        expect(call.outcome, call.name).to.deep.equal(call.expected);
      }
      for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
      for (const call of game.calls)
        if (call.expected === undefined) expect(call.outcome, call.name).to.equal(undefined);
      game.compare();
    }
  } finally {
    game.end();
    await Promise.all(game.calls.map(({ ended }) => ended));
  }
}

/** Each list of commands on a game of its own. */
export function holds<Command>(
  newGame: () => Game<Command>,
  command: fc.Arbitrary<Command>,
  numRuns = 300,
): Promise<void> {
  const property = fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), (commands) =>
    playAll(newGame(), commands),
  );
  return fc.assert(property, parameters(numRuns));
}
