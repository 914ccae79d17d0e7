// The tree of actors with what each is at; beside it what is slow, what is old, and what happened lately.
import { ActorRow, stateOf } from './actor-row.js';
import { actorLink, element, setText } from './dom.js';
import { count, duration } from './format.js';
import { Graph } from './graph.js';
import { happeningItem } from './happenings-view.js';
import { sampleNote } from './messages-view.js';
import { VirtualList } from './virtual-list.js';

const ROW = 40;
const LATELY = 8;

const ORDERS = {
  tree: { label: 'Tree' },
  rate: { label: 'Busiest', of: (actor) => actor.rate },
  depth: { label: 'Most waiting', of: (actor) => actor.depth + actor.held },
  oldest: { label: 'Oldest message', of: (actor) => actor.oldestMs },
  handling: { label: 'Longest at it', of: (actor) => actor.handling?.forMs ?? 0 },
  restarts: { label: 'Most restarts', of: (actor) => actor.restarts },
  failed: { label: 'Most failures', of: (actor) => actor.failed },
};

/** Kept while other views are shown. */
const kept = { filter: '', order: 'tree', closed: new Set() };

export class ActorsView {
  name = 'actors';
  graph = new Graph();
  #order = [];
  #shape = '';

  constructor(node, store) {
    this.store = store;
    this.table = element('div.rows', { role: 'table', 'aria-label': 'Actors', tabindex: '0' });
    this.note = element('p.empty');
    this.heads = heads();
    this.heading = element('span.soft');
    this.sample = element('span.soft');
    this.messages = panel('Who tells whom', this.sample, this.graph.node);
    this.lists = {
      slowest: element('ol.facts'),
      oldest: element('ol.facts'),
      lately: element('ul.happenings'),
    };
    node.append(
      element(
        'div.columns',
        {},
        element(
          'div.stack',
          {},
          element('section.panel.actors', {}, this.#controls(), this.heads, this.table, this.note),
          this.messages,
        ),
        element(
          'aside',
          {},
          panel('Slowest', hint('in a handler, last minute'), this.lists.slowest),
          panel('Oldest', hint('waiting messages'), this.lists.oldest),
          panel('Lately', undefined, this.lists.lately),
        ),
      ),
    );
    this.list = new VirtualList(this.table, {
      rowHeight: ROW,
      keyOf: (actor) => actor.id,
      makeRow: () => new ActorRow((path) => this.#toggle(path)),
      showRow: (row, actor) =>
        row.show(actor, this.#isInTree(actor), this.#children(actor.path), kept.closed.has(actor.path)),
    });
  }

  #controls() {
    const filter = element('input', {
      type: 'search',
      placeholder: 'Filter by path, type or state',
      'aria-label': 'Filter actors',
      value: kept.filter,
      oninput: () => {
        kept.filter = filter.value;
        this.update();
      },
    });
    const order = element(
      'select',
      {
        'aria-label': 'Order',
        onchange: () => {
          kept.order = order.value;
          this.update();
        },
      },
      ...Object.entries(ORDERS).map(([value, { label }]) =>
        element('option', { value, selected: value === kept.order }, label),
      ),
    );
    return element('div.controls', {}, element('h2', {}, 'Actors'), this.heading, filter, order);
  }

  #toggle(path) {
    if (!kept.closed.delete(path)) kept.closed.add(path);
    this.update();
  }

  #isInTree({ parent }) {
    return kept.order === 'tree' && (parent === '' || this.store.paths.has(parent));
  }

  /** By parent's path, made anew when actors come or go. */
  #children(path) {
    return this.families?.get(path);
  }

  #items() {
    const words = kept.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const by = ORDERS[kept.order].of;
    const shape = `${this.store.shape} ${words.join(' ')} ${kept.order} ${[...kept.closed].join(' ')}`;
    // Whether one is stuck or running changes with every reading; the shape of the tree does not.
    if (by === undefined && words.length === 0 && shape === this.#shape) return this.#order;
    this.#shape = shape;
    const { paths } = this.store;
    // Where not all are listed, one may be whose parent is not.
    this.families = Map.groupBy(this.store.actors.values(), ({ parent }) =>
      paths.has(parent) ? parent : '',
    );
    let items =
      by === undefined && words.length === 0 ? [...this.#walk('')] : [...this.store.actors.values()];
    if (words.length > 0)
      items = items.filter((actor) => words.every((word) => textOf(actor).includes(word)));
    if (by !== undefined) items.sort((a, b) => b.stuck - a.stuck || b.blocked - a.blocked || by(b) - by(a));
    this.#order = items;
    return items;
  }

  *#walk(parent) {
    for (const actor of this.families.get(parent) ?? []) {
      yield actor;
      if (!kept.closed.has(actor.path)) yield* this.#walk(actor.path);
    }
  }

  update() {
    const { store } = this;
    if (store.system === undefined) return;
    const items = this.#items();
    this.list.set(items);
    const all = store.system.totals.actors;
    const missing = all - store.actors.size;
    const shown = items.length === all ? count(all) : `${count(items.length)} of ${count(all)}`;
    setText(this.heading, missing > 0 ? `${shown}; ${count(missing)} are not shown` : shown);
    this.table.hidden = items.length === 0;
    this.heads.hidden = items.length === 0;
    this.table.setAttribute('aria-rowcount', items.length);
    this.note.hidden = items.length > 0;
    setText(
      this.note,
      all === 0 ? 'No actors yet. What the program spawns appears here.' : 'No actor fits the filter.',
    );
    this.messages.hidden = this.graph.update(store).length === 0;
    setText(this.sample, sampleNote(store.system));
    this.#updateLists();
  }

  #updateLists() {
    const { slowest, oldest, lately } = this.lists;
    fill(
      slowest,
      this.store.slowest.slice(0, 6).map(({ actor, method, maxMs, totalMs, count: times }) => {
        const detail = `${count(times)} × ${duration(totalMs / times)} on the average`;
        return fact(actor, method, duration(maxMs), detail);
      }),
      'Nothing handled yet.',
    );
    const waiting = [...this.store.actors.values()].filter((actor) => actor.oldestMs >= 1);
    waiting.sort((a, b) => b.oldestMs - a.oldestMs);
    fill(
      oldest,
      waiting
        .slice(0, 5)
        .map((actor) => fact(actor.path, '', duration(actor.oldestMs), `${count(actor.depth)} waiting`)),
      'No mail waits.',
    );
    const last = this.store.happenings.at(-1)?.n ?? 0;
    if (this.lately === last) return;
    this.lately = last;
    fill(lately, this.store.happenings.slice(-LATELY).reverse().map(happeningItem), 'Nothing so far.');
  }

  recolour() {
    this.list.reset();
  }

  close() {
    this.list.close();
  }
}

const textOf = (actor) =>
  `${actor.path} ${actor.type} ${actor.state} ${actor.placement} ${actor.kind} ${stateOf(actor)}`.toLowerCase();

const hint = (text) => element('span.soft', {}, text);

function panel(title, note, content) {
  return element('section.panel', {}, element('div.controls', {}, element('h2', {}, title), note), content);
}

function heads() {
  const head = (name, text) => element(`span.${name}`, {}, text);
  return element(
    'div.row.heads',
    { 'aria-hidden': 'true' },
    head('who', 'actor'),
    head('place', 'lives on'),
    head('number', 'waiting'),
    head('number', 'per second'),
    head('doing', 'at work on'),
    head('faults', 'restarts'),
  );
}

function fact(path, method, value, detail) {
  const name = element('a', { href: actorLink(path), title: path }, path);
  return element(
    'li',
    {},
    element('div.line', {}, name, element('b', {}, value)),
    element('div.line.soft', {}, element('span', {}, method), element('span', {}, detail)),
  );
}

function fill(list, items, otherwise) {
  list.replaceChildren(...(items.length > 0 ? items : [element('li.empty', {}, otherwise)]));
}
