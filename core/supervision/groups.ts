/** Groups: children under a supervisor of their own, started in order. */
import type { SpawnedActor, SpawnRequest } from '../runtime/control.js';
import type { ActorNode } from './actor-node.js';
import type { Ending } from './ending.js';
import { RestartBudget } from './restart-policy.js';
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
    const group = this.#add(spec, children);
    const { withinMs } = group.supervision;
    // Only where it was given one: by default a child that fails often costs its siblings nothing.
    const { maxRestarts } = spec.recipe.supervision;
    if (maxRestarts !== undefined) group.budget = new RestartBudget(maxRestarts, withinMs);
    group.state = 'running';
    group.strategy = strategy;
    const started: SpawnedActor[] = [];
    try {
      for (const child of children) {
        const node = await this.starter.spawn({ ...child, parent: group.address }, { parent: group });
        started.push(node.identity);
      }
    } catch (error) {
      for (const child of children.slice(started.length + 1)) this.tree.discard(child);
      this.ending.stop(group);
      await this.ending.join(group);
      throw error;
    }
    return { self: group.identity, children: started };
  }

  #add(spec: SpawnRequest, children: readonly SpawnRequest[]): ActorNode {
    try {
      return this.tree.add('group', spec);
    } catch (error) {
      for (const child of children) this.tree.discard(child);
      throw error;
    }
  }
}
