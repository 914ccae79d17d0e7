/** Groups: children under a supervisor of their own, started in order. */
import type { SpawnedActor, SpawnRequest } from '../runtime/control.js';
import type { Ending } from './ending.js';
import type { Starter } from './starter.js';
import type { Tree } from './tree.js';

export class Groups {
  constructor(
    readonly tree: Tree,
    readonly starter: Starter,
    readonly ending: Ending,
  ) {}

  async start(
    spec: SpawnRequest,
    strategy: string,
    children: readonly SpawnRequest[],
  ): Promise<{ self: SpawnedActor; children: SpawnedActor[] }> {
    const group = this.tree.add('group', spec);
    group.state = 'running';
    group.strategy = strategy;
    const started: SpawnedActor[] = [];
    try {
      for (const child of children) {
        const node = await this.starter.spawn({ ...child, parent: group.address }, { parent: group });
        started.push(node.identity);
      }
    } catch (error) {
      await this.ending.stop(group);
      throw error;
    }
    return { self: group.identity, children: started };
  }
}
