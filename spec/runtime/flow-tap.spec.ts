/** A thread's share of the flow, with a line to the creating thread that only notes what it is told. */
import { expect } from 'chai';
import type { FlowEvent } from '../../core/index.js';
import type { Arena } from '../../core/memory/arena.js';
import { Header, Lane, Observed } from '../../core/memory/layout.js';
import type { Address } from '../../core/messaging/envelope.js';
import type { PostOffice } from '../../core/messaging/mailbox.js';
import { producerWords } from '../../core/queue/block-chain.js';
import { FlowTap } from '../../core/runtime/flow-tap.js';
import type { SystemLine } from '../../core/runtime/system-line.js';
import { until } from '../support/quiet-system.js';

describe('the flow tap', () => {
  it('counts only, while the creating thread does not read, what can be missed; and says so when it reads', async () => {
    const i32 = new Int32Array(new SharedArrayBuffer(4096));
    const system = { box: 1, generation: 1 } as unknown as Address;
    const told: { readonly events: FlowEvent[]; readonly dropped: number }[] = [];
    const line = { system, show: (message: (typeof told)[number]) => told.push(message) > 0 };
    const [arena, to, post] = [{ i32 } as unknown as Arena, line as unknown as SystemLine, {} as PostOffice];
    const tap = new FlowTap(arena, to, post, () => '/a');
    i32[Header.OBSERVED] = Observed.FLOW;
    const message = { actor: '/a', method: 'm', from: undefined, message: undefined, thread: 0 };
    const accepted: FlowEvent = { kind: 'accepted', time: 1, ...message };
    const stopped: FlowEvent = { kind: 'stopped', time: 2, actor: '/a', reason: { kind: 'stopped' } };
    i32[producerWords(system.box, 0) + Lane.PUT_WORDS] = 1 << 20;
    for (const event of [accepted, stopped, accepted]) tap.add(event);
    tap.send();
    tap.add(accepted);
    tap.send();
    expect(told.map(({ events, dropped }) => [events, dropped])).to.deep.equal([[[stopped], 0]]);
    i32[producerWords(system.box, 0) + Lane.PUT_WORDS] = 0;
    await until(() => told.length === 2);
    expect(told[1].dropped).to.equal(3);
  });
});
