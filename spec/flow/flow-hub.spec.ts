/** The place where the events of all threads meet, with a post office that only notes what it is given. */
import { expect } from 'chai';
import { FlowHub } from '../../core/flow/flow-hub.js';
import type { DeadLetter, FlowEvent } from '../../core/index.js';
import { Header, Lane, Observed } from '../../core/memory/layout.js';
import type { Address } from '../../core/messaging/envelope.js';
import type { PostOffice } from '../../core/messaging/mailbox.js';
import { producerWords } from '../../core/queue/block-chain.js';

const inbox = (box: number): Address => ({ box, generation: 1 }) as unknown as Address;

describe('the flow hub', () => {
  let i32: Int32Array;
  let hub: FlowHub;
  let sent: { readonly to: Address; readonly value: { op: string; events?: FlowEvent[] } }[];
  let closed: Set<Address>;
  let refuses: (value: unknown) => boolean;
  beforeEach(() => {
    i32 = new Int32Array(new SharedArrayBuffer(4096));
    sent = [];
    closed = new Set();
    refuses = () => false;
    const post = (to: Address, { value }: { value: (typeof sent)[number]['value'] }) => {
      if (refuses(value)) throw new TypeError('cannot travel');
      if (closed.has(to)) return 'closed';
      sent.push({ to, value });
      return 'accepted';
    };
    hub = new FlowHub(i32, { post } as unknown as PostOffice, () => undefined);
  });
  const flags = () => i32[Header.OBSERVED];
  const started: FlowEvent = {
    kind: 'started',
    time: 1,
    actor: '/a',
    type: 'A',
    placement: 'thread',
    id: 1 as never,
  };
  const letter: DeadLetter = {
    time: 2,
    reason: 'stopped',
    to: '/a',
    type: 'A',
    from: undefined,
    kind: 'tell',
    method: 'm',
    args: [],
    attempts: 0,
  };

  it('raises a flag while any thread watches, one for the flow and one for dead letters', () => {
    const [one, two] = [inbox(1), inbox(2)];
    hub.observe('flow', true, one);
    hub.observe('flow', true, two);
    hub.observe('dead-letters', true, one);
    expect(flags()).to.equal(Observed.FLOW | Observed.DEAD_LETTERS);
    hub.observe('flow', false, one);
    expect(flags()).to.equal(Observed.FLOW | Observed.DEAD_LETTERS);
    hub.observe('flow', false, two);
    hub.observe('dead-letters', false, one);
    expect(flags()).to.equal(0);
  });

  it('tells those who watch, and nobody else', () => {
    const [flow, letters] = [inbox(1), inbox(2)];
    hub.publish([started]);
    hub.observe('flow', true, flow);
    hub.observe('dead-letters', true, letters);
    hub.publish([started]);
    hub.publishLetter(letter);
    expect(sent).to.deep.equal([
      { to: flow, value: { op: 'flow', events: [started] } },
      { to: flow, value: { op: 'flow', events: [{ kind: 'dead-letter', time: 2, actor: '/a', letter }] } },
      { to: letters, value: { op: 'dead-letter-out', letter } },
    ]);
  });

  it('says how many events were dropped', () => {
    hub.observe('flow', true, inbox(1));
    hub.publish([started], 7);
    const [first, last] = sent[0].value.events ?? [];
    expect(first).to.equal(started);
    expect(last).to.include({ kind: 'overflow', what: 'events', count: 7 });
  });

  it('sends an event without its error, when that cannot travel', () => {
    hub.observe('flow', true, inbox(1));
    const failed: FlowEvent = {
      kind: 'failed',
      time: 1,
      actor: '/a',
      method: 'm',
      from: undefined,
      message: undefined,
      thread: 0,
      error: new Error('odd'),
      waitMs: 0,
      serviceMs: 0,
    };
    refuses = (value) => (value as { events: FlowEvent[] }).events.includes(failed);
    hub.publish([started, failed]);
    expect(sent[0].value.events).to.deep.equal([started, { ...failed, error: 'Error: odd' }]);
  });

  it('tells a thread that does not read only what must be told, and how much it has missed when it reads again', () => {
    const [stuck, reads] = [inbox(1), inbox(200)];
    for (const one of [stuck, reads]) hub.observe('flow', true, one);
    const unread = producerWords(stuck.box, 0) + Lane.PUT_WORDS;
    i32[unread] = 1 << 20;
    const message = { actor: '/a', method: 'm', from: undefined, message: undefined, thread: 0 };
    const accepted: FlowEvent = { kind: 'accepted', time: 1, ...message };
    hub.publish([accepted, started, accepted], 3);
    hub.publish([accepted]);
    i32[unread] = 100;
    hub.publish([accepted]);
    const to = (one: Address) =>
      sent.filter((message) => message.to === one).map(({ value }) => value.events);
    expect(to(reads)).to.have.length(3);
    const [first, last] = to(stuck);
    expect(to(stuck)).to.have.length(2);
    expect(first).to.deep.equal([started]);
    expect(last?.[0]).to.equal(accepted);
    expect(last?.[1]).to.include({ kind: 'overflow', what: 'events', count: 6 });
  });

  it('forgets a thread whose inbox is closed, and lowers the flag', () => {
    const [gone, here] = [inbox(1), inbox(2)];
    for (const one of [gone, here]) hub.observe('flow', true, one);
    hub.observe('dead-letters', true, gone);
    closed.add(gone);
    hub.publish([started]);
    expect(flags()).to.equal(Observed.FLOW);
    closed.clear();
    sent.length = 0;
    hub.publish([started]);
    expect(sent.map(({ to }) => to)).to.deep.equal([here]);
  });
});
