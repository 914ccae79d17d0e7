import { expect } from 'chai';
import { isPattern, isTopic, matches, wordsOf } from '../../actors/topic.js';

const fits = (pattern: string, topic: string): boolean => matches(wordsOf(pattern), wordsOf(topic));

describe('topics', () => {
  it('are words with dots between them', () => {
    for (const topic of ['a', 'orders.placed', 'orders.eu.placed', 'Größe.1'])
      expect(isTopic(topic), topic).to.equal(true);
    for (const topic of ['', '.', 'a.', '.a', 'a..b', 'a.*', '**', 3, null, undefined]) {
      expect(isTopic(topic), String(topic)).to.equal(false);
    }
  });

  it('may have * for a word in a pattern, and ** at its end', () => {
    for (const pattern of ['a', '*', '**', 'a.*', '*.b', 'a.**', 'a.*.**'])
      expect(isPattern(pattern), pattern).to.equal(true);
    for (const pattern of ['', 'a*', '*a.b', '**.a', 'a.**.b', '***', 'a..*', 3, undefined]) {
      expect(isPattern(pattern), String(pattern)).to.equal(false);
    }
  });

  it('fit a pattern word by word', () => {
    expect(fits('a.b', 'a.b')).to.equal(true);
    expect(fits('a.b', 'a.c')).to.equal(false);
    expect(fits('a.*', 'a.b')).to.equal(true);
    expect(fits('a.*', 'a')).to.equal(false);
    expect(fits('a.*', 'a.b.c')).to.equal(false);
    expect(fits('*.c', 'a.c')).to.equal(true);
  });

  it('fit ** with any number of words', () => {
    for (const topic of ['a', 'a.b', 'a.b.c']) expect(fits('a.**', topic), topic).to.equal(true);
    expect(fits('a.**', 'b.a')).to.equal(false);
    expect(fits('a.*.**', 'a')).to.equal(false);
    expect(fits('**', 'whatever.there.is')).to.equal(true);
  });
});
