/** Probes, test systems and replays. Compiled by spec/types.spec.ts, never run. */
import { Actor, type ActorRef, type ActorSystem, type AnyActorRef, type ExitReason } from 'troupe';
import { createProbe, explore, type ProbeMessage, replay, TestSystem } from 'troupe/testing';

interface Owner {
  expired(user: string, at: Date): void;
  may(user: string): Promise<boolean>;
}

class Session extends Actor<{ user: string; owner: ActorRef<Owner> }> {
  touch(times: number) {
    return times;
  }
}

declare const real: ActorSystem;

// A probe is typed by the messages that it expects, wherever it lives.
const probe = await createProbe<Owner>(real);
const session = await real.spawn(Session, { props: { user: 'ada', owner: probe.ref } });
const told: ProbeMessage<Owner, 'expired'> = await probe.expectMessage(
  'expired',
  'ada',
  (at) => at.getTime() > 0,
);
const [user, at]: [string, Date] = told.args;
await probe.expectMessage('expired');
const any: ProbeMessage<Owner> = await probe.expectMessage();
const name: 'expired' | 'may' = any.method;
const reason: ExitReason = await probe.expectTerminated(session);
const sender: AnyActorRef | undefined = probe.sender;
const total: Promise<number> = probe.send(() => session.ask.touch(1));
await createProbe<Owner>(real, { answers: { may: (user) => user === 'ada' } });
// @ts-expect-error no such message
await probe.expectMessage('expires');
// @ts-expect-error no such argument
await probe.expectMessage('expired', 7);
// @ts-expect-error no such answer
await createProbe<Owner>(real, { answers: { may: () => 'yes' } });

// Without a type whatever it hears will do.
const loose = await createProbe(real);
await loose.expectMessage('anything', 1, 'two');

// A test system is a system.
const test: TestSystem = await TestSystem.start({ seed: 7, startTime: new Date(), askTimeoutMs: 100 });
const same: ActorSystem = test;
const own = await test.createProbe<Owner>({ name: 'owner' });
const answer: number = await test.until(session.ask.touch(1));
const result: string = await TestSystem.run(async (system) => `${system.nowMs}`);
const tried: number = await explore({ seeds: 3 }, async (system) => system.advance(1));
// @ts-expect-error it has no threads
await TestSystem.start({ warmThreads: 1 });

for (const { method, outcome } of await replay(Session, 'file', { props: { user: 'bo', owner: own.ref } })) {
  const text: string = method;
  const end: 'handled' | 'failed' | 'pending' = outcome;
  void [text, end];
}
// @ts-expect-error these are no props of a session
await replay(Session, 'file', { props: { user: 1 } });

void [user, at, name, reason, sender, total, same, answer, result, tried];
