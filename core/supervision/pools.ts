/** Pools: several actors that take from one queue, behind one ref. */
import { Box, wordOf } from '../memory/layout.js';
import { idleTableBytes, initIdleTable } from '../queue/lease.js';
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
    const pool = this.tree.add('pool', spec);
    this.#giveIdleTable(pool, size);
    pool.state = 'running';
    const started = await Promise.allSettled(
      props.map((own, worker) => {
        const worksFor = shardBy === undefined ? { node: pool, worker } : undefined;
        const inner = { ...spec, props: own, name: `${worker}`, parent: pool.address };
        return this.starter.spawn(inner, { pool: worksFor, parent: pool });
      }),
    );
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      await this.ending.stop(pool);
      throw failed.reason;
    }
    if (shardBy === undefined) return pool.identity;
    const workers = pool.children.map((child) => child.address);
    return { ...pool.identity, shards: { by: shardBy, workers } };
  }

  #giveIdleTable(pool: ActorNode, size: number): void {
    const { arena, thread } = this.ground;
    const table = arena.demand(thread, idleTableBytes(size));
    initIdleTable(arena, table, size);
    arena.i32[wordOf(pool.identity.box) + Box.IDLE] = table;
    thread.letGo();
  }
}
