import { inspect, types } from 'node:util';
import { expect } from 'chai';
import { ActorStoppedError, MessageNotSerializableError } from '../../core/errors.js';
import { noHooks, wire } from './support/codec-tools.js';

class AppError extends Error {
  readonly status: number;
  static constructed = 0;
  constructor(message: string, status: number) {
    super(message);
    AppError.constructed++;
    this.status = status;
  }
}

describe('codec: errors', () => {
  for (const Type of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
    it(`restores ${Type.name}`, () => {
      const sent = new Type('what happened');
      const arrived = wire().send(sent);
      expect(arrived).to.be.instanceOf(Type);
      expect(Object.getPrototypeOf(arrived)).to.equal(Type.prototype);
      expect(types.isNativeError(arrived)).to.equal(true);
      expect([arrived.name, arrived.message, arrived.stack]).to.deep.equal([
        sent.name,
        sent.message,
        sent.stack,
      ]);
      expect(Object.keys(arrived)).to.deep.equal([]);
    });
  }

  it('keeps cause, errors, code and own fields', () => {
    const sent = Object.assign(
      new AggregateError([new TypeError('one'), 2], 'all', { cause: new Map([[1, 2]]) }),
      {
        code: 'E_ALL',
        details: { list: [1] },
      },
    );
    const arrived = wire().send(sent);
    expect(arrived).to.be.instanceOf(AggregateError);
    expect(arrived.errors[0]).to.be.instanceOf(TypeError).and.have.property('message', 'one');
    expect(arrived.errors[1]).to.equal(2);
    expect(arrived.cause).to.deep.equal(new Map([[1, 2]]));
    expect(arrived.code).to.equal('E_ALL');
    expect(arrived.details).to.deep.equal({ list: [1] });
    expect(Object.keys(arrived)).to.deep.equal(['code', 'details']);
    expect(inspect(arrived)).to.contain('one');
  });

  it('keeps an error that is its own cause', () => {
    const sent = new Error('round');
    sent.cause = sent;
    const arrived = wire().send(sent);
    expect(arrived.cause).to.equal(arrived);
  });

  it('restores the errors of this package, with their fields and without running their constructors', () => {
    const stopped = wire().send(new ActorStoppedError('/counter', { kind: 'killed' }));
    expect(stopped).to.be.instanceOf(ActorStoppedError);
    expect(stopped.name).to.equal('ActorStoppedError');
    expect(stopped.code).to.equal('ERR_TROUPE_ACTOR_STOPPED');
    expect(stopped.reason).to.deep.equal({ kind: 'killed' });
    const refused = wire().send(new MessageNotSerializableError('args[0]', 'no'));
    expect(refused).to.be.instanceOf(MessageNotSerializableError).and.have.property('path', 'args[0]');
  });

  it('restores a class that the receiver knows', () => {
    const { send } = wire({ ...noHooks, errorClass: (name) => (name === 'AppError' ? AppError : undefined) });
    const sent = new AppError('denied', 403);
    const before = AppError.constructed;
    const arrived = send(sent);
    expect(AppError.constructed).to.equal(before);
    expect(arrived).to.be.instanceOf(AppError);
    expect([arrived.message, arrived.status, arrived.name]).to.deep.equal(['denied', 403, 'Error']);
  });

  it('falls back to the nearest class that is known, and keeps the name', () => {
    class Strange extends TypeError {
      override name = 'Strange';
    }
    const arrived = wire().send(new Strange('odd'));
    expect(Object.getPrototypeOf(arrived)).to.equal(TypeError.prototype);
    expect([arrived.name, arrived.message]).to.deep.equal(['Strange', 'odd']);
  });

  it('restores DOMException, as abort signals give', () => {
    const arrived = wire().send(AbortSignal.abort().reason as DOMException);
    expect(arrived).to.be.instanceOf(DOMException);
    expect([arrived.name, arrived.code]).to.deep.equal(['AbortError', DOMException.ABORT_ERR]);
  });

  it('leaves out what of an error cannot travel, and sends the rest', () => {
    const sent = Object.assign(new Error('request failed'), {
      config: { transform: [() => 1] },
      request: Promise.resolve(),
      status: 502,
    });
    const shared = { a: 1 };
    const arrived = wire().send({ error: sent, shared, again: shared });
    expect(arrived.error.message).to.equal('request failed');
    expect(Object.keys(arrived.error)).to.deep.equal(['status']);
    expect(arrived.again).to.equal(arrived.shared);
  });

  it('forgets objects of a property that was left out, also among many', () => {
    const shared = { a: 1 };
    const crowd = Array.from({ length: 30 }, (_, i) => ({ i }));
    const sent = Object.assign(new Error('e'), { bad: [shared, ...crowd, () => 1] });
    const arrived = wire().send([sent, shared, crowd, { crowd }, shared]) as unknown[];
    expect(arrived[1]).to.deep.equal({ a: 1 }).and.to.equal(arrived[4]);
    expect(arrived[2]).to.deep.equal(crowd);
    expect((arrived[3] as { crowd: unknown }).crowd).to.equal(arrived[2]);
  });

  it('survives errors whose properties throw or are no strings', () => {
    const sent = new Error('x');
    Object.defineProperty(sent, 'stack', {
      get() {
        throw new Error('no stack');
      },
    });
    Object.defineProperty(sent, 'message', { value: { not: 'text' } });
    Object.defineProperty(sent, 'boom', {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
    const arrived = wire().send(sent);
    expect(arrived).to.be.instanceOf(Error);
    expect(arrived.message).to.equal('[object Object]');
    expect(arrived.stack).to.be.a('string');
  });
});
