import { expect } from 'chai';
import fc from 'fast-check';
import { Fifo } from '../../core/messaging/fifo.js';

describe('a fifo', () => {
  it('gives back what it was given, oldest first, however it grows and empties', () => {
    const steps = fc.array(
      fc.oneof(fc.record({ push: fc.nat(3000) }), fc.record({ take: fc.nat(3000) }), fc.constant('clear')),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const step of all) {
          if (step === 'clear') {
            fifo.clear();
            model = [];
          } else if ('push' in step) {
            for (let n = 0; n < step.push; n++) {
              fifo.push(next);
              model.push(next++);
            }
          } else {
            for (const wanted of model.splice(0, step.take)) if (fifo.shift() !== wanted) return false;
          }
          if (fifo.length !== model.length) return false;
        }
        return model.every((wanted) => fifo.shift() === wanted) && fifo.length === 0;
      }),
    );
    expect(new Fifo().length).to.equal(0);
  });
});
