/**
 * Whether what threads saw of a queue can be explained by calls that happened as a whole, one after the other, each
 * thread's in their order: a plain queue is led along all such orders, until one gives what each call gave, and leaves
 * what was left.
 *
 * Parts say what they begin, and then what came of it: `puts 101`, `put 101`; `takes`, `101`. A call that a thread was
 * in when it died has happened, or not.
 */
import type { Fate } from '../model.js';

/** Where an item goes; the next one to be taken is the first. */
export interface Order {
  add(items: readonly Entry[], entry: Entry): Entry[];
  putBack(items: readonly Entry[], taken: readonly Entry[]): Entry[];
  /** Items of a dead thread come back one by one, and others may be at work in between. */
  readonly oneByOne?: boolean;
}
export interface Entry {
  readonly item: number;
  /** Which one it was to be put. */
  readonly number: number;
}

export interface Rules {
  readonly order: Order;
  readonly filled: readonly number[];
  readonly maxItems: number;
  /** What a dead thread had taken comes back. */
  readonly retries: boolean;
}

/** What is there in the end. */
export interface End {
  readonly left: readonly number[];
  readonly unfinished: number;
}

interface State {
  readonly items: readonly Entry[];
  readonly puts: number;
  readonly closed: boolean;
  /** Shut down at once: what comes back is thrown away. */
  readonly isOver: boolean;
  /** What each thread has taken and not called done. */
  readonly open: readonly (readonly Entry[])[];
}

interface Call {
  readonly what: string;
  /** Undefined when it is not known whether it has happened. */
  readonly came?: unknown;
}
interface Doer {
  readonly calls: readonly Call[];
  readonly died: boolean;
}

/** @returns whether there is such an order */
export function isExplained(rules: Rules, fates: readonly Fate[], end: End): boolean {
  const doers = fates.map(doerOf);
  const seen = new Set<string>();
  const unfinished = ({ items, open }: State) =>
    items.length + open.reduce((sum, { length }) => sum + length, 0);
  const isEnd = (state: State) =>
    unfinished(state) === end.unfinished &&
    state.items.length === end.left.length &&
    state.items.every(({ item }, i) => item === end.left[i]);

  function follow(state: State, at: readonly number[]): boolean {
    const key = JSON.stringify([state, at]);
    if (seen.has(key)) return false;
    seen.add(key);
    let isOver = true;
    for (const [who, { calls, died }] of doers.entries()) {
      const done = at[who];
      // Of a dead thread, the last step is its burial.
      if (done > calls.length || (done === calls.length && !died)) continue;
      isOver = false;
      const next = at.map((step, i) => (i === who ? step + 1 : step));
      if (done === calls.length) {
        const [after, isBuried] = buried(state, who, rules);
        if (follow(after, isBuried ? next : at)) return true;
        continue;
      }
      const { what, came } = calls[done];
      const after = called(state, who, what, came, rules, unfinished(state));
      if (after !== undefined && follow(after, next)) return true;
      if (came === undefined && follow(state, next)) return true;
    }
    return isOver && isEnd(state);
  }

  let items: Entry[] = [];
  for (const [number, item] of rules.filled.entries()) items = rules.order.add(items, { item, number });
  const start = { items, puts: items.length, closed: false, isOver: false, open: doers.map(() => []) };
  return follow(
    start,
    doers.map(() => 0),
  );
}

const BEGUN = /^(?:puts \d+|takes|finishes|joins|closes|shuts down|shuts down at once)$/;

function doerOf({ notes, died }: Fate): Doer {
  const calls: Call[] = [];
  for (const note of notes) {
    if (BEGUN.test(String(note))) calls.push({ what: String(note) });
    else if (calls.length > 0 && calls[calls.length - 1].came === undefined)
      calls.push({ ...(calls.pop() as Call), came: note });
  }
  // Who waits in a call has not done it.
  if (!died && calls.length > 0 && calls[calls.length - 1].came === undefined) calls.pop();
  return { calls, died };
}

/** @returns undefined when it could not have come to this */
function called(
  state: State,
  who: number,
  what: string,
  came: unknown,
  { order, maxItems }: Rules,
  unfinished: number,
): State | undefined {
  const { items, puts, closed, open } = state;
  const opened = (own: readonly Entry[]) => open.map((taken, i) => (i === who ? own : taken));
  switch (what) {
    case 'takes': {
      if (came === 'left') return state;
      if (came === 'end') return closed && items.length === 0 ? state : undefined;
      const [first, ...rest] = items;
      if (first === undefined || (came !== undefined && first.item !== came)) return undefined;
      return { ...state, items: rest, open: opened([...open[who], first]) };
    }
    case 'finishes':
      return open[who].length === 0 ? undefined : { ...state, open: opened(open[who].slice(1)) };
    case 'joins':
      return unfinished === 0 ? state : undefined;
    case 'closes':
    case 'shuts down':
      return { ...state, closed: true };
    case 'shuts down at once':
      return { ...state, closed: true, isOver: true, items: [] };
    default: {
      if (came === 'stopped') return closed ? state : undefined;
      if (closed || items.length >= maxItems) return undefined;
      const entry = { item: Number(what.slice('puts '.length)), number: puts };
      return { ...state, puts: puts + 1, items: order.add(items, entry) };
    }
  }
}

function buried(state: State, who: number, { order, retries }: Rules): [State, boolean] {
  const taken = state.open[who];
  const back = order.oneByOne ? taken.slice(0, 1) : taken;
  const rest = retries ? taken.slice(back.length) : [];
  const items = retries && !state.isOver ? order.putBack(state.items, back) : state.items;
  const open = state.open.map((own, i) => (i === who ? rest : own));
  return [{ ...state, items, open }, rest.length === 0];
}
