/** The log of a system whose user gave no logger. */
import { expect } from 'chai';
import { Actor, ActorSystem } from '../../core/index.js';
import { logToConsole } from '../../core/system/log-sink.js';

class Talker extends Actor {
  talk() {
    this.context.log.info('talking');
  }
  fail() {
    throw new Error('oops');
  }
}

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

  it('shows what an actor has begun lately in the line, the same in a row as one', () => {
    const did = (method: string, outcome: string) => ({ method, outcome });
    const many = ['handled', 'handled', 'handled'].map((outcome) => did('add', outcome));
    logToConsole({
      ...entry,
      fields: { lastMessages: [...many, did('total', 'handled'), did('add', 'failed')] },
    });
    logToConsole({ ...entry, fields: { lastMessages: ['a user’s own'] } });
    expect(shown[0]).to.deep.equal(['[warn] /mailer: no server; last messages: 3 add, total, add (failed)']);
    expect(shown[1]).to.deep.equal(['[warn] /mailer: no server', { lastMessages: ['a user’s own'] }]);
  });

  it('shows what a logger threw, and what it was given; whoever logs goes on', async () => {
    const logger = () => {
      throw new Error('no disk');
    };
    const system = await ActorSystem.start({ arenaBytes: 1 << 26, logger });
    const talker = await system.spawn(Talker, { name: 'talker', placement: 'inline' });
    await talker.ask.talk();
    talker.tell.fail();
    await talker.ask.talk();
    await system.shutdown();
    expect(shown.map(([line]) => line)).to.deep.equal([
      '[info] /talker: talking',
      '[error] system: the logger threw',
      '[error] /talker: handler failed; last messages: talk, fail (failed)',
      '[error] system: the logger threw',
      '[info] /talker: talking',
      '[error] system: the logger threw',
    ]);
  });
});
