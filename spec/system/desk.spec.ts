/** What actors ask of the creating thread. */
import { expect } from 'chai';
import { Actor, ActorStoppedError, type ActorSystem, ArenaFullError } from '../../core/index.js';
import { type Address, Kind } from '../../core/messaging/envelope.js';
import type { ActorNode, Starting } from '../../core/supervision/actor-node.js';
import { Desk } from '../../core/system/desk.js';
import { quietSystem } from '../support/quiet-system.js';

class Founder extends Actor {
  async found(): Promise<string> {
    return (await this.context.supervise({ name: 'group', children: [] })).path;
  }
}

describe('a group', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('without children stands below the actor that asked for it, too', async () => {
    const founder = await system.spawn(Founder, { name: 'founder', placement: 'inline' });
    expect(await founder.ask.found()).to.equal('/founder/group');
    expect((await system.supervise({ name: 'group', children: [] })).path).to.equal('/group');
  });
});

describe('an answer of the desk', () => {
  it('that finds no room in the arena is the error that says so: the asker does not hang', async () => {
    const said: { kind: number; value: unknown }[] = [];
    const post = {
      arena: { bytesInUse: 60, capacity: 64 },
      encoder: { position: 4 },
      post(_to: Address, record: { kind: number; value: unknown }) {
        said.push(record);
        return record.kind === Kind.REPLY ? 'no-memory' : 'accepted';
      },
      insist(to: Address, record: { kind: number; value: unknown }) {
        this.post(to, record);
      },
    };
    const supervisor = { host: { post }, nodeAt: () => undefined };
    const desk = new Desk(
      supervisor as never,
      {} as never,
      {} as never,
      () => undefined,
      (() => {}) as never,
    );
    const actor = { box: 1, generation: 1 } as Address;
    desk.receive({ op: 'request', from: undefined, call: { call: 'crash', actor } }, 7, actor);
    await new Promise((resolve) => setImmediate(resolve));
    expect(said[1]).to.include({ kind: Kind.REPLY_ERROR, correlation: 7 });
    expect(said[1].value).to.be.instanceOf(ArenaFullError);
  });
});

describe('a spawn that is asked for by a thread that has died since', () => {
  it('is refused, and its props are freed: the next life is not given a child that it does not know of', async () => {
    const said: { kind: number; value: unknown }[] = [];
    const inbox = { box: 3, generation: 1 } as Address;
    const entry = { inbox, dead: false };
    const done: string[] = [];
    const supervisor = {
      host: { post: { post: (_to: Address, record: { kind: number; value: unknown }) => said.push(record) } },
      arena: { i32: new Int32Array(64) },
      thread: { hold: () => undefined, letGo: () => undefined },
      threads: { entries: new Map([[1, entry]]) },
      discard: () => done.push('discarded'),
      spawn: (_spec: unknown, starting: Starting) =>
        starting.resolve({ identity: done.push('spawned') } as unknown as ActorNode),
    };
    const desk = new Desk(
      supervisor as never,
      {} as never,
      { mind: () => undefined } as never,
      () => undefined,
      (() => {}) as never,
    );
    const ask = () => {
      const call = { call: 'spawn', spec: { props: 8, recipe: {} } } as never;
      desk.receive({ op: 'request', from: { box: 9, generation: 1 } as Address, call }, 7, inbox);
      return new Promise((resolve) => setImmediate(resolve));
    };
    await ask();
    entry.dead = true;
    await ask();
    expect(done).to.deep.equal(['spawned', 'discarded']);
    expect(said.map(({ kind }) => kind)).to.deep.equal([Kind.REPLY, Kind.REPLY_ERROR]);
    expect(said[1].value).to.be.instanceOf(ActorStoppedError);
  });
});
