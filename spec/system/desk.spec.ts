/** What actors ask of the creating thread. */
import { expect } from 'chai';
import { Actor, type ActorSystem } from '../../core/index.js';
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
