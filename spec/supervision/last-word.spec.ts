/** A message that is given up is done with when its dead letter is there: whoever dies then has left nothing to tell. */
import { expect } from 'chai';
import { type ActorSystem, type DeadLetter, StreamArgumentOverError } from '../../core/index.js';
import { AttachmentStore } from '../../core/runtime/attachments.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { LastWord, SeveralLastWords } from './support/last-word.js';

describe('a thread that dies right after it has told of a message that it gives up', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  const told = () => deadLetters.map(({ method, reason }) => `${method} ${reason}`);

  for (const type of [LastWord, SeveralLastWords]) {
    it(`is told of once: ${type.name} has failed`, async () => {
      const actor = await system.spawn(type);
      actor.tell.fail();
      expect(await actor.ask.hello()).to.equal('hello');
      expect(told()).to.deep.equal(['fail failed']);
    });
  }

  it('is told of once when it was killed', async () => {
    const gate = new Gate();
    const actor = await system.spawn(LastWord, { placement: 'shared' });
    const neighbour = await system.spawn(LastWord, { placement: 'shared' });
    actor.tell.wait(gate.shared);
    await gate.reached();
    await actor.kill();
    expect(await neighbour.ask.hello()).to.equal('hello');
    expect(told()).to.deep.equal(['wait in-flight']);
  });

  it('leaves nothing of what was beside that message', async () => {
    const { put } = AttachmentStore.prototype;
    let store: AttachmentStore | undefined;
    AttachmentStore.prototype.put = function (...stored) {
      store = this;
      return put.apply(this, stored);
    };
    async function* numbers() {
      yield 1;
    }
    const actor = await system.spawn(LastWord);
    actor.tell.fail(numbers(), new SharedArrayBuffer(8));
    expect(await actor.ask.hello()).to.equal('hello');
    AttachmentStore.prototype.put = put;
    expect(told()).to.deep.equal(['fail failed']);
    const [stream] = deadLetters[0].args as [AsyncIterable<number>];
    expect(await rejection(stream[Symbol.asyncIterator]().next())).to.be.instanceOf(StreamArgumentOverError);
    await until(() => store?.size === 0);
  });
});
