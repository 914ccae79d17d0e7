/** An actor's log has pino's interface: tried beside pino itself. */
import { expect } from 'chai';
import { type BaseLogger, pino } from 'pino';
import { type LogEntry, OptionOutOfRangeError, WrongArgumentError } from '../../core/index.js';
import { actorLog, levelBit } from '../../core/runtime/actor-log.js';

type Line = (...args: unknown[]) => void;

describe("an actor's log", () => {
  const written: LogEntry[] = [];
  let off = 0;
  const out = { off: () => off, write: (entry: LogEntry) => written.push(entry) };
  const log = actorLog(out, '/a');
  beforeEach(() => {
    written.length = 0;
    off = 0;
  });
  const last = () => written.at(-1) as LogEntry;

  const CALLS: unknown[][] = [
    ['plain'],
    ['a %s of %d, %i and %f', 'text', 1.5, 1.5, '2'],
    ['100%% of %s', 'it'],
    ['100%% alone'],
    ['%j %o %O', { a: 1 }, [1], 'text'],
    ['%s', Symbol('s').toString()],
    ['too few %s %s', 1],
    ['nothing %d %i %j', null, undefined, undefined],
    ['%j', { toJSON: () => 5 }],
    [{ a: 1 }],
    [{ a: 1 }, 'with fields'],
    [{ a: 1 }, 'and %s', 'values'],
    [undefined, 'later %s', 1],
    [null, 'later'],
    [new TypeError('no luck')],
    [new TypeError('no luck'), 'other %s', 'words'],
    [{ err: new TypeError('no luck') }, 'words'],
  ];
  for (const args of CALLS) {
    it(`writes what pino would: ${args.map((arg) => (arg instanceof Error ? arg.name : JSON.stringify(arg))).join(', ')}`, () => {
      let text = '';
      const theirs = pino({ base: null, timestamp: false }, { write: (line) => (text += line) });
      (log.info as unknown as Line)(...args);
      const mine = { level: 30, ...last().fields, msg: last().message };
      (theirs.info as unknown as Line)(...args);
      const expected = JSON.parse(text);
      // A line without a message has an empty one.
      expected.msg ??= '';
      const { err, ...rest } = mine as Record<string, unknown>;
      const { err: expectedErr, ...expectedRest } = expected;
      expect(rest).to.deep.equal(expectedRest);
      expect((err as Error | undefined)?.message).to.equal(expectedErr?.message);
    });
  }

  it('keeps what no placeholder shows', () => {
    const error = new Error('oops');
    log.warn('no answer', { error, port: 25 });
    expect(last().fields).to.deep.equal({ error, port: 25 });
    log.warn('no answer from %s', 'db', { port: 25 });
    expect(last()).to.deep.include({ message: 'no answer from db', fields: { port: 25 } });
    log.warn('no answer', error);
    expect(last().fields).to.deep.equal({ err: error });
  });

  it('says whose it is, and when', () => {
    log.error('here');
    expect(last()).to.include({ actor: '/a', level: 'error', message: 'here', fields: undefined });
    expect(last().time).to.be.closeTo(Date.now(), 60_000);
    expect(log.bindings()).to.deep.equal({ actor: '/a' });
  });

  it('refuses what of pino’s options of a child it would not do, redaction above all', () => {
    for (const option of ['redact', 'customLevels', 'formatters', 'redakt']) {
      expect(() => log.child({}, { [option]: ['password'] } as object))
        .to.throw(OptionOutOfRangeError, /belong to the logger of the system/)
        .with.property('option', option);
    }
    expect(() => log.child({}, { redact: undefined } as object)).not.to.throw();
    expect(() => log.child({}, 'debug' as unknown as object)).to.throw(WrongArgumentError);
    expect(() => {
      log.level = 'audit' as 'info';
    }).to.throw(OptionOutOfRangeError, /'trace', 'debug'/);
  });

  it('has children with fields, a prefix and serializers', () => {
    const child = log.child(
      { request: { id: 7, secret: 'x' } },
      { msgPrefix: '[http] ', serializers: { request: ({ id }: { id: number }) => id } },
    );
    child.info({ more: true }, 'got it');
    expect(last()).to.deep.include({ message: '[http] got it', fields: { request: 7, more: true } });
    const grandchild = child.child({ user: 'ada' }, { msgPrefix: 'user ' });
    grandchild.info({ request: { id: 8 } }, 'came');
    expect(last()).to.deep.include({ message: '[http] user came', fields: { request: 8, user: 'ada' } });
    grandchild.setBindings({ user: 'bob' });
    expect(grandchild.bindings()).to.deep.equal({ actor: '/a', request: 7, user: 'bob' });
    expect(child.bindings()).to.deep.equal({ actor: '/a', request: 7 });
  });

  it('has the level of the system, until it has one of its own', () => {
    expect(log.level).to.equal('trace');
    off = levelBit('trace') | levelBit('debug');
    expect(log.level).to.equal('info');
    expect(['debug', 'info', 'silent', 'loud'].map((level) => log.isLevelEnabled(level))).to.deep.equal([
      false,
      true,
      false,
      false,
    ]);
    log.debug('not this');
    const child = log.child({}, { level: 'debug' });
    child.debug('but this');
    child.trace('nor this');
    const mute = child.child({}, { level: 'silent' });
    mute.fatal('nor this');
    mute.level = 'error';
    mute.error('and this');
    log.silent('never');
    expect(written.map(({ message }) => message)).to.deep.equal(['but this', 'and this']);
    off = 0b111111;
    expect(log.level).to.equal('silent');
    expect(() => log.child({}, { level: 'loud' as 'info' })).to.throw(OptionOutOfRangeError, 'level');
    expect(() => {
      mute.level = 'loud' as 'info';
    }).to.throw(OptionOutOfRangeError, "'silent'");
  });

  it('works taken apart, and where a pino logger is asked for', () => {
    const { info } = log;
    info('apart');
    const theirs = (logger: Pick<BaseLogger, 'info' | 'error' | 'trace' | 'fatal' | 'silent'>) =>
      logger.info({ as: 'pino' }, 'hello');
    theirs(log);
    expect(written.map(({ message }) => message)).to.deep.equal(['apart', 'hello']);
  });
});
