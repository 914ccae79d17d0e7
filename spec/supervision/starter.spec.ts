/** Starts that cannot be said to their thread, since the arena is full. */
import { expect } from 'chai';
import { ArenaFullError } from '../../core/index.js';
import { Arena } from '../../core/memory/arena.js';
import type { Address } from '../../core/messaging/envelope.js';
import type { ToHost } from '../../core/runtime/control.js';
import type { ThreadEntry } from '../../core/runtime/thread.js';
import { Telling } from '../../core/runtime/told.js';
import type { ActorNode } from '../../core/supervision/actor-node.js';
import { Ground } from '../../core/supervision/ground.js';
import { Starter } from '../../core/supervision/starter.js';

describe('a start in a full arena', () => {
  const arena = Arena.create(4 << 20);
  const inbox = { box: 1, generation: 1 };
  const thread = { dead: false, inbox, blueprints: new Telling() } as unknown as ThreadEntry;
  let room: number;
  let said: string[];
  let failed: [ActorNode, unknown][];
  let starter: Starter;
  let nodes: ActorNode[];

  const nodeOf = (box: number) =>
    ({
      identity: { box, generation: 1, path: `/actor-${box}` },
      address: { box, generation: 1 },
      spec: { startTimeoutMs: Number.POSITIVE_INFINITY, mailbox: {} },
      supervision: {},
      incarnation: 0,
      restarts: 0,
      needsStart: true,
    }) as unknown as ActorNode;

  beforeEach(() => {
    room = 0;
    said = [];
    failed = [];
    nodes = [20_000, 21_000, 22_000].map(nodeOf);
    const post = (_to: Address, { value }: { value: ToHost }) => {
      const size = value.op === 'start' ? value.plans.length : 1;
      if (size > room) return 'no-memory';
      room -= size;
      said.push(value.op === 'start' ? `start ${size}` : value.op);
      return 'accepted';
    };
    const host = { post: { arena, encoder: { position: 0 }, post, insist: post } };
    const ground = new Ground(arena, {} as never, host as never, {} as never, {} as never, {} as never);
    const tree = { current: ({ box }: Address) => nodes.find((node) => node.identity.box === box) };
    const placement = {
      place: (node: ActorNode) => {
        said.push('placed');
        node.thread = thread;
      },
    };
    starter = new Starter(ground, tree as never, placement as never, (node, error) =>
      failed.push([node, error]),
    );
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('fails at once, and those that have room are begun', async () => {
    room = 1;
    for (const node of nodes) starter.start(node);
    await turn();
    expect(said).to.deep.equal(['placed', 'placed', 'placed', 'start 1']);
    expect(failed.map(([node]) => node)).to.deep.equal(nodes.slice(1));
    for (const [, error] of failed) expect(error).to.be.instanceOf(ArenaFullError);
  });

  it('is a start again when it is tried again, on the thread that it has', async () => {
    const [node] = nodes;
    starter.start(node);
    await turn();
    expect(failed).to.have.lengthOf(1);
    room = 1;
    starter.start(node);
    await turn();
    expect(said).to.deep.equal(['placed', 'start 1']);
    expect(failed).to.have.lengthOf(1);
  });
});
