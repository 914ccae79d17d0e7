// Rows of one height, of which those that can be seen exist: a thousand cost what thirty do.
import { element } from './dom.js';

const OVERSCAN = 4;

export class VirtualList {
  #items = [];
  /** By key. */
  #shown = new Map();
  #spare = [];
  #space;
  #frame = 0;

  /**
   * @param options `rowHeight`; `keyOf(item)`; `makeRow()`, an object with `node` and what else it likes;
   * `showRow(row, item)`
   */
  constructor(node, options) {
    this.node = node;
    this.options = options;
    this.#space = element('div.space', { role: 'rowgroup' });
    node.append(this.#space);
    node.addEventListener('scroll', () => this.#soon(), { passive: true });
    this.resizing = new ResizeObserver(() => this.#soon());
    this.resizing.observe(node);
  }

  set(items) {
    this.#items = items;
    this.#draw(true);
  }

  /** Makes all rows anew: they look different now. */
  reset() {
    for (const row of [...this.#shown.values(), ...this.#spare]) {
      row.node.remove();
      row.destroy?.();
    }
    this.#shown.clear();
    this.#spare = [];
    this.#draw(true);
  }

  close() {
    this.resizing.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#items = [];
    this.reset();
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw(false));
  }

  /** @param all those that stay as well, not only those that come into sight */
  #draw(all) {
    const { rowHeight, keyOf } = this.options;
    const items = this.#items;
    const height = `${items.length * rowHeight}px`;
    if (this.#space.style.height !== height) this.#space.style.height = height;
    const first = Math.max(0, Math.floor(this.node.scrollTop / rowHeight) - OVERSCAN);
    const last = Math.min(
      items.length,
      Math.ceil((this.node.scrollTop + this.node.clientHeight) / rowHeight) + OVERSCAN,
    );
    const wanted = new Map();
    for (let at = first; at < last; at++) wanted.set(keyOf(items[at]), at);
    for (const [key, row] of this.#shown) {
      if (wanted.has(key)) continue;
      this.#shown.delete(key);
      row.node.hidden = true;
      this.#spare.push(row);
    }
    for (const [key, at] of wanted) this.#place(key, at, all);
  }

  #place(key, at, all) {
    const known = this.#shown.get(key);
    const row = known ?? this.#spare.pop() ?? this.#make();
    if (known === undefined) {
      this.#shown.set(key, row);
      row.node.hidden = false;
    }
    if (row.at !== at) {
      row.at = at;
      row.node.style.transform = `translateY(${at * this.options.rowHeight}px)`;
      row.node.setAttribute('aria-rowindex', at + 1);
    }
    if (all || known === undefined) this.options.showRow(row, this.#items[at]);
  }

  #make() {
    const row = this.options.makeRow();
    this.#space.append(row.node);
    return row;
  }
}
