// Who tells whom, and how much: a drawing, and the same as a table.
import { element, setText } from './dom.js';
import { count, short } from './format.js';
import { Graph } from './graph.js';

const TABLE = 20;

/** How much of the flow it is that is shown. */
export const sampleNote = ({ missed }) =>
  missed > 0
    ? `a sample: ${count(missed)} more events were not shown, so as not to slow the actors`
    : 'since the first page was opened';

export class MessagesView {
  name = 'messages';
  graph = new Graph();

  constructor(node, store) {
    this.store = store;
    this.note = element('p.empty');
    this.sample = element('span.soft');
    this.table = element('tbody');
    const head = element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { scope: 'col' }, 'from'),
        element('th', { scope: 'col' }, 'to'),
        element('th.right', { scope: 'col' }, 'messages'),
        element('th.right', { scope: 'col' }, 'per second'),
      ),
    );
    node.append(
      element(
        'section.panel',
        {},
        element('div.controls', {}, element('h2', {}, 'Who tells whom'), this.sample),
        this.graph.node,
        this.note,
        element('div.scroll', {}, element('table.box', {}, head, this.table)),
      ),
    );
  }

  update() {
    const { store } = this;
    if (store.system === undefined) return;
    setText(this.sample, sampleNote(store.system));
    const edges = this.graph.update(store);
    this.note.hidden = edges.length > 0;
    setText(this.note, 'No messages yet.');
    this.table.replaceChildren(...edges.slice(0, TABLE).map(tableRow));
  }

  close() {}
}

function tableRow({ from, to, count: messages, rate }) {
  return element(
    'tr',
    {},
    element('td.path', {}, from),
    element('td.path', {}, to),
    element('td.right', {}, count(messages)),
    element('td.right', {}, short(rate)),
  );
}
