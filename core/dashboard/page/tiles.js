// The system in six numbers, and each over time.
import { sparkline } from './charts.js';
import { element, setText } from './dom.js';
import { bytes, count, plural, short } from './format.js';

const HEIGHT = 36;

export class Tiles {
  #tiles = {};
  #charts = new Map();
  #node;

  constructor(node) {
    this.#node = node;
    this.#tile('rate', 'messages/s', 'rate');
    this.#tile('depth', 'waiting', 'depth');
    this.#tile('actors', 'actors', 'plain');
    this.#tile('failed', 'failures', 'bad');
    this.#tile('letters', 'dead letters', 'bad');
    this.#tile('arena', 'shared memory', 'arena');
    new ResizeObserver(() => this.#resize()).observe(node);
  }

  #tile(name, label, line) {
    const value = element('b');
    const detail = element('span.detail');
    const plot = element('div.plot');
    const tile = element('div.tile', { 'data-tile': name }, element('h2', {}, label), value, detail, plot);
    this.#tiles[name] = { tile, value, detail, plot, line };
    this.#node.append(tile);
  }

  #resize() {
    for (const [name, chart] of this.#charts) chart.resize(this.#tiles[name].plot.clientWidth);
  }

  /** Colours are drawn into the charts. */
  recolour(store) {
    for (const chart of this.#charts.values()) chart.destroy();
    this.#charts.clear();
    if (store.system !== undefined) this.update(store);
  }

  update(store) {
    const { system } = store;
    const { totals } = system;
    this.#show('rate', short(totals.perSecond), '');
    this.#show('depth', short(totals.depth), totals.held > 0 ? `${short(totals.held)} held` : '');
    this.#show('actors', count(totals.actors), plural(system.threads, 'thread'));
    this.#show('failed', count(totals.failed), plural(totals.restarts, 'restart'));
    this.#show(
      'letters',
      count(system.deadLetters),
      system.lateAnswers > 0 ? plural(system.lateAnswers, 'late answer') : '',
    );
    this.#show('arena', bytes(system.arena.bytesInUse), `of ${bytes(system.arena.capacity)}`);
    this.#draw('rate', store.perSecond);
    this.#draw('depth', store.depths);
    this.#draw('actors', store.actorCounts);
    this.#draw('failed', store.failed);
    this.#draw('letters', store.letterCounts);
    this.#draw('arena', store.arena);
  }

  #show(name, text, detail) {
    const tile = this.#tiles[name];
    setText(tile.value, text);
    setText(tile.detail, detail);
  }

  #draw(name, points) {
    const { plot, line } = this.#tiles[name];
    if (!this.#charts.has(name)) this.#charts.set(name, sparkline(plot, plot.clientWidth, HEIGHT, line));
    this.#charts.get(name).set(points);
  }
}
