// Dead letters: what nobody handled, to be looked at and sent again.
import { actorLink, element, setText } from './dom.js';
import { clock, count, plural } from './format.js';

const kept = { filter: '' };

export class LettersView {
  name = 'letters';
  #shown;

  constructor(node, store) {
    this.store = store;
    this.list = element('ul.letters');
    this.note = element('p.empty');
    this.result = element('p.result', { role: 'status' });
    this.all = element('button', {
      type: 'button',
      onclick: () => this.#replay(this.#fitting().filter(({ fixed }) => !fixed)),
    });
    const filter = element('input', {
      type: 'search',
      placeholder: 'Filter by receiver, method or reason',
      'aria-label': 'Filter dead letters',
      value: kept.filter,
      oninput: () => {
        kept.filter = filter.value;
        this.update();
      },
    });
    this.heading = element('span.soft');
    node.append(
      element(
        'section.panel',
        {},
        element('div.controls', {}, element('h2', {}, 'Dead letters'), this.heading, filter, this.all),
        this.result,
        this.list,
        this.note,
      ),
    );
  }

  #fitting() {
    const words = kept.filter.toLowerCase().split(/\s+/).filter(Boolean);
    const letters = [...this.store.letters.values()].reverse();
    return letters.filter(({ to, type, method, reason }) => {
      const text = `${to} ${type} ${method} ${reason}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  update() {
    if (this.store.system === undefined) return;
    const letters = this.#fitting();
    const state = letters.map(({ id }) => id).join(' ');
    const { deadLetters } = this.store.system;
    setText(this.heading, `${count(letters.length)} shown, ${count(deadLetters)} since the start`);
    if (state === this.#shown) return;
    this.#shown = state;
    this.list.replaceChildren(...letters.map((letter) => this.#item(letter)));
    const sendable = letters.filter(({ fixed }) => !fixed).length;
    this.all.hidden = sendable === 0;
    setText(this.all, `Replay ${sendable === 1 ? 'it' : `all ${count(sendable)}`}`);
    this.note.hidden = letters.length > 0;
    setText(
      this.note,
      this.store.letters.size > 0 ? 'No letter fits the filter.' : 'No dead letters: everything was handled.',
    );
  }

  #item(letter) {
    const { id, time, reason, to, from, kind, method, args, attempts, error, fixed } = letter;
    const replay = element(
      'button',
      { type: 'button', disabled: Boolean(fixed), title: fixed ?? '', onclick: () => this.#replay([letter]) },
      'Replay',
    );
    const sender =
      from === undefined ? element('span', {}, 'the program') : element('a', { href: actorLink(from) }, from);
    return element(
      'li',
      { 'data-id': id },
      element(
        'div.line',
        {},
        element(`span.kind.${reason}`, {}, reason),
        element('a', { href: actorLink(to) }, to),
        element('span.soft', {}, kind),
        element('time', { datetime: new Date(time).toISOString() }, clock(time)),
        replay,
      ),
      element('code.call', {}, element('b', {}, method), args === undefined ? '(…)' : `(${args})`),
      error === undefined ? undefined : element('p.error', {}, error),
      element(
        'p.soft',
        {},
        'from ',
        sender,
        attempts > 1 ? `, begun ${plural(attempts, 'time')}` : '',
        fixed ? `; cannot be sent again: ${fixed}` : '',
      ),
    );
  }

  async #replay(letters) {
    setText(this.result, '');
    try {
      const response = await fetch('replay', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ids: letters.map(({ id }) => id) }),
      });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const { replayed, failed } = await response.json();
      const why = failed.length === 0 ? '' : ` ${count(failed.length)} could not be: ${failed[0].why}.`;
      setText(this.result, `${count(replayed)} sent again.${why}`);
    } catch (error) {
      setText(this.result, `Not sent: ${error.message}.`);
    }
  }

  close() {}
}
