// Who tells whom, drawn: in columns from left to right as messages go, thicker for more, moving where they flow now.
import { actorLink, element, setText, svg } from './dom.js';
import { count, short } from './format.js';
import { layered } from './graph-layout.js';

/** More nodes than this, and those of one kind under one parent become one. */
const MAX_NODES = 24;
const MAX_EDGES = 80;
const BOX = { width: 168, height: 40, gapX: 110, gapY: 22, margin: 16 };
const OUTSIDE = 'the program';

export class Graph {
  node = element('div.graph');
  #drawn = '';
  #lines = new Map();

  /** @returns the edges that are drawn, those with the most messages first */
  update(store) {
    const edges = gathered(store);
    const top = edges.sort((a, b) => b.count - a.count).slice(0, MAX_EDGES);
    this.node.hidden = top.length === 0;
    const shape = top
      .map(({ from, to }) => `${from}\n${to}`)
      .sort()
      .join('\n\n');
    if (shape !== this.#drawn) {
      this.#drawn = shape;
      this.#draw(top, store);
    }
    this.#weigh(top);
    return top;
  }

  #draw(edges, store) {
    const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].sort();
    const columns = layered(names, edges);
    const rows = Math.max(0, ...columns.map((column) => column.length));
    const width = columns.length * (BOX.width + BOX.gapX) - BOX.gapX + 2 * BOX.margin;
    const height = rows * (BOX.height + BOX.gapY) - BOX.gapY + 2 * BOX.margin + 24;
    const spots = new Map();
    for (const [at, column] of columns.entries()) {
      const top = (height - column.length * (BOX.height + BOX.gapY) + BOX.gapY) / 2;
      for (const [row, name] of column.entries()) {
        spots.set(name, {
          x: BOX.margin + at * (BOX.width + BOX.gapX),
          y: top + row * (BOX.height + BOX.gapY),
          column: at,
        });
      }
    }
    this.#lines.clear();
    const lines = edges.map((edge) => this.#line(edge, spots));
    const boxes = names.map((name) => this.#box(name, spots.get(name), store.paths.has(name)));
    const picture = svg('svg', {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': 'Who tells whom',
    });
    picture.append(...lines, ...boxes);
    this.node.replaceChildren(picture);
  }

  #line(edge, spots) {
    const { from, to } = edge;
    const d = way(spots.get(from), spots.get(to), from === to);
    const title = svg('title');
    const line = svg('path', { d, class: 'edge' }, title);
    const flow = svg('path', { d, class: 'flowing' });
    const group = svg('g', { 'data-from': from, 'data-to': to }, line, flow);
    this.#lines.set(`${from}\n${to}`, { line, flow, title, group });
    return group;
  }

  #box(name, { x, y }, isActor) {
    const text = svg('text', { x: x + BOX.width / 2, y: y + BOX.height / 2 }, shorten(name));
    const title = svg('title', {}, name);
    const rect = svg('rect', { x, y, width: BOX.width, height: BOX.height, rx: 9 });
    const box = svg(
      isActor ? 'a' : 'g',
      { class: name === OUTSIDE ? 'node outside' : 'node' },
      title,
      rect,
      text,
    );
    if (isActor) box.setAttribute('href', actorLink(name));
    const light = (on) => {
      for (const { group } of this.#lines.values()) {
        const { from, to } = group.dataset;
        group.classList.toggle('dimmed', on && from !== name && to !== name);
      }
    };
    box.addEventListener('pointerenter', () => light(true));
    box.addEventListener('pointerleave', () => light(false));
    return box;
  }

  /** Thicker by the order of magnitude; what flows now moves. */
  #weigh(edges) {
    for (const { from, to, count: messages, rate } of edges) {
      const { line, flow, title } = this.#lines.get(`${from}\n${to}`);
      line.setAttribute('stroke-width', (1.5 + Math.log10(1 + messages) * 1.1).toFixed(1));
      flow.setAttribute('stroke-width', (1 + Math.log10(1 + rate) * 0.8).toFixed(1));
      flow.setAttribute('class', rate > 0 ? 'flowing now' : 'flowing');
      setText(title, `${from} → ${to}: ${count(messages)}, ${short(rate)} per second`);
    }
  }
}

/** Workers are their pool; and where there are many nodes, siblings of a class are one. */
function gathered({ edges, paths }) {
  const names = new Set();
  for (const { from, to } of edges.values()) names.add(from).add(to);
  const nodeOf = new Map([...names].map((path) => [path, poolOf(path, paths)]));
  if (new Set(nodeOf.values()).size > MAX_NODES) {
    const kinds = Map.groupBy(new Set(nodeOf.values()), (path) => kindOf(path, paths));
    for (const [path, node] of nodeOf) {
      const kind = kindOf(node, paths);
      const { length } = kinds.get(kind);
      if (length > 1) nodeOf.set(path, `${kind} ×${length}`);
    }
  }
  const gathered = new Map();
  for (const { from, to, count, rate } of edges.values()) {
    const [a, b] = [nodeOf.get(from) || OUTSIDE, nodeOf.get(to)];
    const key = `${a}\n${b}`;
    const edge = gathered.get(key) ?? { from: a, to: b, count: 0, rate: 0 };
    edge.count += count;
    edge.rate += rate;
    gathered.set(key, edge);
  }
  return [...gathered.values()];
}

function poolOf(path, paths) {
  const parent = paths.get(path.slice(0, path.lastIndexOf('/')));
  return parent?.kind === 'pool' ? parent.path : path;
}

function kindOf(path, paths) {
  const actor = paths.get(path);
  return actor === undefined || actor.kind === 'pool' ? path : `${actor.parent}/${actor.type}`;
}

/** From the right side of one box to the left side of the other; back, below both. */
function way(a, b, isSelf) {
  const { width, height } = BOX;
  const y = (spot) => spot.y + height / 2;
  if (isSelf) {
    const x = a.x + width / 2;
    return `M${x - 24},${a.y + height}C${x - 24},${a.y + height + 26} ${x + 24},${a.y + height + 26} ${x + 24},${a.y + height}`;
  }
  if (b.column > a.column) {
    const [x1, x2] = [a.x + width, b.x];
    const bend = (x2 - x1) / 2;
    return `M${x1},${y(a)}C${x1 + bend},${y(a)} ${x2 - bend},${y(b)} ${x2},${y(b)}`;
  }
  const [x1, x2] = [a.x + width / 2, b.x + width / 2];
  const low = Math.max(a.y, b.y) + height + 34;
  return `M${x1},${a.y + height}C${x1},${low} ${x2},${low} ${x2},${b.y + height}`;
}

const shorten = (name) => (name.length <= 22 ? name : `…${name.slice(-21)}`);
