// What befell actors, as it happens.
import { actorLink, element, setText } from './dom.js';
import { clock, count } from './format.js';

const KINDS = {
  failed: 'failed',
  restarted: 'restarted',
  stopped: 'ended',
  started: 'started',
  'dead-letter': 'dead letter',
  overflow: 'overflow',
  'wait-cycle': 'wait cycle',
};
const kept = { hidden: new Set() };

export function happeningItem({ n, time, kind, actor, text }) {
  return element(
    'li',
    { 'data-n': n },
    element('time', { datetime: new Date(time).toISOString() }, clock(time)),
    element(`span.kind.${kind}`, {}, KINDS[kind]),
    element(
      'span.what',
      {},
      actor === '' ? undefined : element('a', { href: actorLink(actor) }, actor),
      ` ${text}`,
    ),
  );
}

export class HappeningsView {
  name = 'failures';
  #shown;

  constructor(node, store) {
    this.store = store;
    this.list = element('ul.happenings.long');
    this.note = element('p.empty');
    this.counts = new Map();
    const chips = Object.entries(KINDS).map(([kind, label]) => this.#chip(kind, label));
    node.append(
      element(
        'section.panel',
        {},
        element(
          'div.controls',
          {},
          element('h2', {}, 'Events'),
          element('span.soft', {}, 'the last 200, since the first page was opened'),
          ...chips,
        ),
        this.list,
        this.note,
      ),
    );
  }

  #chip(kind, label) {
    const number = element('b');
    this.counts.set(kind, number);
    const chip = element(
      `button.chip.${kind}`,
      {
        type: 'button',
        'aria-pressed': String(!kept.hidden.has(kind)),
        onclick: () => {
          if (!kept.hidden.delete(kind)) kept.hidden.add(kind);
          chip.setAttribute('aria-pressed', String(!kept.hidden.has(kind)));
          this.update();
        },
      },
      `${label} `,
      number,
    );
    return chip;
  }

  update() {
    const { happenings } = this.store;
    const state = `${happenings.at(-1)?.n} ${[...kept.hidden].join(' ')}`;
    if (state === this.#shown) return;
    this.#shown = state;
    const byKind = Map.groupBy(happenings, ({ kind }) => kind);
    for (const [kind, number] of this.counts) setText(number, count(byKind.get(kind)?.length ?? 0));
    const items = happenings.filter(({ kind }) => !kept.hidden.has(kind)).reverse();
    this.list.replaceChildren(...items.map(happeningItem));
    this.note.hidden = items.length > 0;
    setText(this.note, 'Nothing so far: no failures, no restarts.');
  }

  close() {}
}
