/** Every error is a class with a code by the rule, and stands in docs/errors.md with what its own comment says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import * as errors from '../core/errors.js';

const root = resolve(import.meta.dirname, '../..');
const classes = Object.values(errors) as { readonly name: string; readonly prototype: Error }[];

const folder = join(root, 'dist/core/errors');
const declarations = readdirSync(folder)
  .filter((file) => file.endsWith('.d.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'))
  .join('\n');

/** The comment above each class, without its stars. */
function commentOf(name: string): string {
  const match = declarations.match(
    new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport declare class ${name} `),
  );
  return (match?.[1] ?? '').replace(/\n \*/g, '').trim();
}

describe('the errors', () => {
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const rows = new Map(
    [...page.matchAll(/^\| `(\w+)` \| `(ERR_\w+)` \| (.*) \|$/gm)].map(([, name, code, text]) => [
      name,
      { code, text },
    ]),
  );

  it('are all on the page, and nothing else is', () => {
    expect([...rows.keys()].sort()).to.deep.equal(classes.map(({ name }) => name).sort());
  });

  for (const { name, prototype } of classes) {
    it(`${name} has its name, its code, and its line on the page`, () => {
      expect(name).to.match(/Error$/);
      expect(prototype.name).to.equal(name);
      expect(name === 'TroupeError' || prototype instanceof errors.TroupeError).to.equal(true);
      expect(rows.get(name)?.code).to.equal(codeByRule(name));
      expect(rows.get(name)?.text).to.equal(commentOf(name));
    });
  }

  it('carry code, name and cause, and say what happened with the values', () => {
    const error = new errors.ActorStartError('/db', new Error('no route'));
    expect(error).to.be.instanceOf(errors.TroupeError);
    expect(error.code).to.equal('ERR_TROUPE_ACTOR_START');
    expect(error.message).to.include('/db').and.include('no route');
    expect((error.cause as Error).message).to.equal('no route');
    expect(error.stack).to.match(/^ActorStartError: /);
  });

  it('name option, value and range', () => {
    const { message } = new errors.OptionOutOfRangeError('arenaBytes', -1, '1 to 4294967296 bytes');
    expect(message).to.include('arenaBytes').and.include('-1').and.include('1 to 4294967296 bytes');
  });
});

function codeByRule(name: string): string {
  const words = name.replace(/Error$/, '').match(/[A-Z][a-z]*/g) ?? [];
  return `ERR_TROUPE_${words.join('_').toUpperCase()}`;
}
