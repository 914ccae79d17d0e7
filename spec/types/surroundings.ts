/** Context, supervision, pools, reports and flow events. Compiled by spec/types.spec.ts, never run. */
import {
  Actor,
  type ActorRef,
  type AnyActorRef,
  AskTimeoutError,
  actor,
  type ChildSpec,
  type ExitReason,
  type ExitReport,
  type FlowEvent,
  type SystemRef,
} from 'troupe';

declare const system: SystemRef;

class Db extends Actor<{ url: string }> {
  query(_sql: string) {
    return 1;
  }
}

@actor(import.meta.url)
class Web extends Actor {
  static concurrency = 4;
  async onStart() {
    const db = this.context.find(Db, '/db');
    this.context.watch(db);
    const sender: AnyActorRef | undefined = this.context.sender;
    sender?.tell.anything();
    this.context.signal.throwIfAborted();
    using _later = this.context.schedule.once(100, () => this.self.tell.tick());
    this.context.log.info('started', { port: 80 });
  }
  tick() {}
  override onStop(reason: ExitReason) {
    if (reason.kind === 'escalated') reason.from.toUpperCase();
  }
  override onTerminated(ref: AnyActorRef, reason: ExitReason) {
    this.context.log.warn(ref.path, { reason });
  }
}

// Children keep their types, in their order.
declare const db: ChildSpec<Db>;
declare const web: ChildSpec<Web>;
const { refs } = await system.supervise({ strategy: 'one-for-all', children: [db, web] });
const first: ActorRef<Db> = refs[0];
const second: ActorRef<Web> = refs[1];
// @ts-expect-error the first is no Web
const swapped: ActorRef<Web> = refs[0];

// A pool's props may differ from worker to worker.
const pool: ActorRef<Db> = await system.pool(Db, { size: 2, props: (index) => ({ url: `db-${index}` }) });
const same: ActorRef<Db> = await system.pool(Db, { props: { url: 'db' }, shardBy: '0.customer' });
// @ts-expect-error props are missing
await system.pool(Db, { size: 2 });

await system.spawn(Web, { supervision: { restart: 'transient', inFlight: 'retry' }, placement: 'shared' });
// @ts-expect-error no such placement
await system.spawn(Web, { placement: 'process' });

const report: ExitReport = await first.stop({ timeoutMs: 100 });
if (report.reason.kind === 'failed') report.reason.error;
// @ts-expect-error only a failure has an error
report.reason.error;

function show(event: FlowEvent): string {
  switch (event.kind) {
    case 'handled':
      return `${event.method} ${event.waitMs + event.serviceMs}`;
    case 'dead-letter':
      return event.letter.reason;
    case 'stopped':
      return event.reason.kind;
    default:
      return event.actor;
  }
}
first.flow$.subscribe((event) => show(event));

const timeout = new AskTimeoutError('/db', 'query', 5000);
const code: string = timeout.code;

export { code, pool, same, second, swapped };
