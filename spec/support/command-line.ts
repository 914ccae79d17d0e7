/** What the programs beside the suite take from their command lines. */
import { Command, InvalidArgumentError } from 'commander';

/** A number for an option, or one line that says what it takes. */
export function numberFrom(least: number, what: string): (text: string) => number {
  return (text) => {
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (number >= least) return number;
    throw new InvalidArgumentError(`It takes ${what}.`);
  };
}

export function wholeNumberFrom(least: number): (text: string) => number {
  const what = `a whole number${least === Number.MIN_SAFE_INTEGER ? '' : ` from ${least}`}`;
  const read = numberFrom(least, what);
  return (text) => {
    const number = read(text);
    if (Number.isSafeInteger(number)) return number;
    throw new InvalidArgumentError(`It takes ${what}.`);
  };
}

/** `npm run name -- ...`: `--help` is told, and what is wrong in one line, with exit code 2. */
export const program = (name: string, description: string): Command =>
  new Command(`npm run ${name} --`)
    .description(description)
    .allowExcessArguments(false)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
