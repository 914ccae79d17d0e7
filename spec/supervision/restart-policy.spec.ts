/** Failures and a clock in, decisions out: no actor in sight. */
import { expect } from 'chai';
import { RestartPolicy, supervisionOf } from '../../core/supervision/restart-policy.js';

describe('the restart policy', () => {
  it('has the defaults of the contract, and later layers win', () => {
    expect(supervisionOf(undefined, {})).to.deep.equal({
      restart: 'permanent',
      maxRestarts: 3,
      withinMs: 5000,
      onError: 'restart',
      inFlight: 'skip',
      maxAttempts: 3,
    });
    expect(
      supervisionOf({ maxRestarts: 7, inFlight: 'retry' }, { maxRestarts: undefined, onError: 'stop' }),
    ).to.include({
      maxRestarts: 7,
      inFlight: 'retry',
      onError: 'stop',
    });
  });

  it('restarts maxRestarts times within the period, then escalates', () => {
    const policy = new RestartPolicy(supervisionOf({ maxRestarts: 2, withinMs: 1000 }));
    expect(policy.onFailure(0, true)).to.deep.equal({ do: 'restart', delayMs: 0 });
    expect(policy.onFailure(1000, false).do).to.equal('restart');
    expect(policy.onFailure(1000, true).do).to.equal('escalate');
  });

  it('forgets restarts that are older than the period', () => {
    const policy = new RestartPolicy(supervisionOf({ maxRestarts: 1, withinMs: 1000 }));
    expect(policy.onFailure(0, true).do).to.equal('restart');
    expect(policy.onFailure(1001, true).do).to.equal('restart');
    expect(policy.onFailure(1002, true).do).to.equal('escalate');
  });

  it('never restarts with a budget of 0, and always with one of Infinity', () => {
    expect(new RestartPolicy(supervisionOf({ maxRestarts: 0 })).onFailure(0, true).do).to.equal('escalate');
    const endless = new RestartPolicy(supervisionOf({ maxRestarts: Number.POSITIVE_INFINITY }));
    for (let i = 0; i < 100; i++) expect(endless.onFailure(0, false).do).to.equal('restart');
  });

  it('obeys onError for what was thrown, and restarts for a dead thread all the same', () => {
    for (const onError of ['stop', 'escalate'] as const) {
      const policy = new RestartPolicy(supervisionOf({ onError }));
      expect(policy.onFailure(0, true).do).to.equal(onError);
      expect(policy.onFailure(0, false).do).to.equal('restart');
    }
  });

  it('restarts a transient one after a failure, a temporary one never', () => {
    expect(new RestartPolicy(supervisionOf({ restart: 'transient' })).onFailure(0, true).do).to.equal(
      'restart',
    );
    const temporary = new RestartPolicy(supervisionOf({ restart: 'temporary' }));
    expect(temporary.onFailure(0, true).do).to.equal('stop');
    expect(temporary.onFailure(0, false).do).to.equal('stop');
  });

  it('doubles the wait up to its maximum, and begins anew after a quiet period', () => {
    const backoff = { minMs: 10, maxMs: 50 };
    const policy = new RestartPolicy(supervisionOf({ maxRestarts: 100, withinMs: 1000, backoff }));
    const delays = [0, 1, 2, 3, 4].map((now) => {
      const decision = policy.onFailure(now, true);
      return decision.do === 'restart' ? decision.delayMs : undefined;
    });
    expect(delays).to.deep.equal([10, 20, 40, 50, 50]);
    expect(policy.onFailure(2000, true)).to.deep.equal({ do: 'restart', delayMs: 10 });
  });

  it('takes a random share off the wait', () => {
    const backoff = { minMs: 100, maxMs: 100, jitter: 0.5 };
    const policy = new RestartPolicy(supervisionOf({ backoff }), () => 0.5);
    expect(policy.onFailure(0, true)).to.deep.equal({ do: 'restart', delayMs: 75 });
  });
});
