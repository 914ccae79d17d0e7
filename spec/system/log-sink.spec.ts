/** The log of a system whose user gave no logger. */
import { expect } from 'chai';
import { logToConsole } from '../../core/system/log-sink.js';

describe('the log on the console', () => {
  const shown: unknown[][] = [];
  const { error: original } = console;
  beforeEach(() => {
    shown.length = 0;
    console.error = (...args: unknown[]) => shown.push(args);
  });
  afterEach(() => {
    console.error = original;
  });
  const entry = { time: 0, level: 'warn', actor: '/mailer', message: 'no server' } as const;

  it('shows level, actor and message in a line', () => {
    logToConsole({ ...entry, fields: undefined });
    expect(shown).to.deep.equal([['[warn] /mailer: no server']]);
  });

  it('shows fields behind it, and an error as one, with its stack', () => {
    const error = new Error('refused');
    logToConsole({ ...entry, fields: { port: 25, error } });
    logToConsole({ ...entry, fields: { error } });
    expect(shown[0]).to.deep.equal(['[warn] /mailer: no server', { port: 25 }, error]);
    expect(shown[1]).to.deep.equal(['[warn] /mailer: no server', error]);
  });
});
