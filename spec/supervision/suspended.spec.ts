/** A process that is suspended for a while (SIGSTOP, a paused machine) finds all as it was. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';

describe('a process that was suspended', () => {
  before(function () {
    if (process.platform === 'win32') this.skip();
  });

  it('takes nobody for stuck who had no time either', async () => {
    const child = fork(join(import.meta.dirname, '../actors-for-supervision/suspended.js'));
    try {
      await once(child, 'message');
      for (let i = 0; i < 2; i++) {
        child.kill('SIGSTOP');
        await new Promise((resolve) => setTimeout(resolve, 2500));
        child.kill('SIGCONT');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      child.send('over');
      const [{ restarts }] = (await once(child, 'message')) as [{ restarts: number }];
      expect(restarts).to.equal(0);
      await once(child, 'exit');
    } finally {
      child.kill('SIGKILL');
    }
  });
});
