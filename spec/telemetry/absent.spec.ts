/** A project that has none of the packages that telemetry's entrances are for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { UserProject } from '../support/user-project.js';

describe('without prom-client and OpenTelemetry', () => {
  it('all works but the entrances that are for them, which say what is missing', async () => {
    const project = await UserProject.create();
    try {
      // As if it were installed here: else packages at its real place are found.
      const root = join(import.meta.dirname, '../../..');
      await project.link('troupe/dist', join(root, 'dist'));
      const manifest = readFileSync(join(root, 'package.json'), 'utf8');
      await project.put({ 'node_modules/troupe/package.json': manifest, 'program.mjs': PROGRAM });
      const output = await project.node(['--preserve-symlinks', '--preserve-symlinks-main', 'program.mjs']);
      expect(output.trim().split('\n')).to.deep.equal([
        '3',
        'troupe/prometheus needs prom-client',
        'troupe/opentelemetry needs @opentelemetry/api',
      ]);
    } finally {
      await project.remove();
    }
  });
});

const PROGRAM = `
import { Actor, ActorSystem } from 'troupe';

export class Adder extends Actor {
  static module = import.meta.url;
  add(a, b) {
    this.context.log.info('adding');
    return a + b;
  }
}

await ActorSystem.run(async (system) => {
  const adder = await system.spawn(Adder);
  console.log(await adder.ask.add(1, 2));
  for (const name of ['troupe/prometheus', 'troupe/opentelemetry']) {
    const error = await import(name).catch((error) => error);
    console.log(name, 'needs', /package '([^']+)'/.exec(error.message)?.[1] ?? error);
  }
});
`;
