// What the page knows: merged from what the server tells.

/** Readings that are remembered: two in a second. */
export const POINTS = 120;
/** A handler that keeps its thread for so long, in ms, is shown as stuck, and its thread with it. */
const STUCK_MS = 1000;

export const line = () => new Array(POINTS).fill(null);

export function push(points, value) {
  points.shift();
  points.push(value);
}

/** An actor, and how it was lately. */
export class Known {
  rate = 0;
  stuck = false;
  /** Its thread is stuck, and not in a handler that is known to be this one's. */
  blocked = false;
  depths = line();
  rates = line();
  #processed;

  constructor(path) {
    const cut = path.lastIndexOf('/');
    this.parent = path.slice(0, cut);
    this.name = path.slice(cut + 1);
    this.level = path.split('/').length - 2;
    this.path = path;
  }

  /** @param seconds since the reading before; undefined for the first */
  read(seconds) {
    const done = this.processed - (this.#processed ?? this.processed);
    this.#processed = this.processed;
    this.rate = seconds > 0 ? Math.max(0, done / seconds) : 0;
    const { handling, threadBusyMs, state } = this;
    this.stuck = Boolean(handling?.occupiesThread && handling.forMs >= STUCK_MS && done === 0);
    this.blocked = !this.stuck && state === 'running' && threadBusyMs >= STUCK_MS;
    push(this.depths, this.depth);
    push(this.rates, this.rate);
  }
}

class Told {
  rates = new Array(20).fill(0);
  count = 0;
  #before;

  constructor(from, to) {
    this.from = from;
    this.to = to;
  }

  read(seconds) {
    push(this.rates, seconds > 0 ? (this.count - (this.#before ?? 0)) / seconds : 0);
    this.#before = this.count;
  }

  /** Messages in a second, of late. */
  get rate() {
    return this.rates.reduce((sum, each) => sum + each, 0) / this.rates.length;
  }
}

export class Store {
  system;
  actors = new Map();
  /** By path. */
  paths = new Map();
  edges = new Map();
  slowest = [];
  happenings = [];
  letters = new Map();
  times = line();
  perSecond = line();
  depths = line();
  arena = line();
  actorCounts = line();
  /** These by how many came with each reading. */
  failed = line();
  letterCounts = line();
  /** Raised when actors come or go. */
  shape = 0;

  apply(message) {
    if (message.isAll) this.#forget();
    const { system } = message;
    const seconds = this.system === undefined ? undefined : (system.time - this.system.time) / 1000;
    const before = this.system;
    this.system = system;
    this.slowest = message.slowest;
    this.#applyActors(message, seconds);
    for (const { from, to, count } of message.edges) this.#edge(from, to).count = count;
    if (!message.isAll) for (const edge of this.edges.values()) edge.read(seconds);
    for (const each of message.happenings)
      if (!(each.n <= this.happenings.at(-1)?.n)) this.happenings.push(each);
    this.happenings.splice(0, this.happenings.length - 200);
    for (const letter of message.letters) this.letters.set(letter.id, letter);
    for (const id of message.lettersGone ?? []) this.letters.delete(id);
    push(this.times, system.time / 1000);
    push(this.perSecond, system.totals.perSecond);
    push(this.depths, system.totals.depth);
    push(this.arena, system.arena.bytesInUse);
    push(this.actorCounts, system.totals.actors);
    push(this.failed, Math.max(0, system.totals.failed - (before ?? system).totals.failed));
    push(this.letterCounts, system.deadLetters - (before ?? system).deadLetters);
  }

  #forget() {
    this.actors.clear();
    this.paths.clear();
    this.edges.clear();
    this.letters.clear();
    this.happenings = [];
    this.shape++;
  }

  #applyActors({ actors, gone = [] }, seconds) {
    for (const id of gone) {
      const actor = this.actors.get(id);
      if (actor === undefined) continue;
      this.actors.delete(id);
      if (this.paths.get(actor.path) === actor) this.paths.delete(actor.path);
      this.shape++;
    }
    for (const change of actors) {
      let actor = this.actors.get(change.id);
      if (actor === undefined) {
        actor = new Known(change.path);
        this.actors.set(change.id, actor);
        this.paths.set(change.path, actor);
        this.shape++;
      }
      Object.assign(actor, change);
    }
    for (const actor of this.actors.values()) actor.read(seconds);
  }

  #edge(from, to) {
    const key = `${from}\n${to}`;
    let edge = this.edges.get(key);
    if (edge === undefined) {
      edge = new Told(from, to);
      this.edges.set(key, edge);
    }
    return edge;
  }
}
