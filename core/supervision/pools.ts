/** Pools: several actors that take from one queue, behind one ref. */
import { Box, type Granule, NONE, wordOf } from '../memory/layout.js';
import type { ExitReport } from '../messaging/reports.js';
import type { SpawnedActor, SpawnRequest } from '../runtime/control.js';
import type { ActorNode } from './actor-node.js';
import type { Ending } from './ending.js';
import type { Ground } from './ground.js';
import type { Starter } from './starter.js';
import type { Tree } from './tree.js';

export interface PoolRequest {
  readonly spec: SpawnRequest;
  readonly size: number;
  /** Encoded props of each worker. */
  readonly props: readonly number[];
  readonly shardBy: string | undefined;
}

export class Pools {
  constructor(
    readonly ground: Ground,
    readonly tree: Tree,
    readonly starter: Starter,
    readonly ending: Ending,
  ) {}

  async start({ spec, size, props, shardBy }: PoolRequest): Promise<SpawnedActor> {
    const workerSpecs = props.map((own, worker) => ({ ...spec, props: own, name: `${worker}` }));
    const pool = this.#add(spec, size, workerSpecs);
    pool.state = 'running';
    const added = workerSpecs.map(async (inner, worker) => {
      const worksFor = shardBy === undefined ? { node: pool, worker } : undefined;
      return this.starter.add({ ...inner, parent: pool.address }, { pool: worksFor, parent: pool });
    });
    const named = this.#name(pool, shardBy);
    const starting = added.map(async (worker) => this.starter.begin(await worker));
    const [naming, ...started] = await Promise.allSettled([named, ...starting]);
    const failed = [naming, ...started].find((result) => result.status === 'rejected');
    if (naming.status === 'rejected' || failed !== undefined) {
      this.ending.stop(pool);
      await this.ending.join(pool);
      throw failed?.reason;
    }
    for (const worker of [...pool.children])
      void this.ending.join(worker).then((report) => this.#lost(pool, report));
    return naming.value;
  }

  /** Found by others only now: its ref tells whose the messages of a key are. */
  async #name(pool: ActorNode, shardBy: string | undefined): Promise<SpawnedActor> {
    const workers = [...pool.children].map((child) => child.address);
    const shards = shardBy === undefined ? undefined : { by: shardBy, workers };
    const identity = { ...pool.identity, shards };
    this.tree.names.register(identity);
    return identity;
  }

  /** A worker has ended for good: with the last one nobody is left to take the pool's mail. */
  #lost(pool: ActorNode, { path, reason }: ExitReport): void {
    if (pool.isEnding || pool.state === 'stopping') return;
    if (pool.hasLivingChildren) return;
    this.ending.endBy(pool, reason.kind === 'failed' ? { kind: 'escalated', from: path } : reason);
  }

  #add(spec: SpawnRequest, size: number, workers: readonly SpawnRequest[]): ActorNode {
    const { arena, boxes } = this.ground;
    let idle: Granule = NONE;
    try {
      idle = boxes.openIdleTable(size);
      const pool = this.tree.add('pool', spec);
      arena.i32[wordOf(pool.identity.box) + Box.IDLE] = idle;
      return pool;
    } catch (error) {
      if (idle !== NONE) boxes.releaseIdleTable(idle);
      for (const worker of workers) this.tree.discard(worker);
      throw error;
    }
  }
}
