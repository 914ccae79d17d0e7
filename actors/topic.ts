/**
 * Topics: words with dots between them, `orders.eu.placed`. In a pattern `*` stands for one word, and `**` at the end
 * for any number of words, none included.
 */

export const wordsOf = (topic: string): string[] => topic.split('.');

/** What can be published to. */
export function isTopic(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('*') && wordsOf(value).every((word) => word !== '');
}

/** What can be subscribed to. */
export function isPattern(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const words = wordsOf(value);
  return words.every((word, at) => {
    if (word === '**') return at === words.length - 1;
    return word === '*' || (word !== '' && !word.includes('*'));
  });
}

/** Whether a topic, in words, is one of those that the pattern, in words, stands for. */
export function matches(pattern: readonly string[], topic: readonly string[]): boolean {
  const open = pattern[pattern.length - 1] === '**';
  const fixed = open ? pattern.length - 1 : pattern.length;
  if (open ? topic.length < fixed : topic.length !== fixed) return false;
  for (let at = 0; at < fixed; at++) if (pattern[at] !== '*' && pattern[at] !== topic[at]) return false;
  return true;
}
