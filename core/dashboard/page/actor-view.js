// One actor: its numbers over time, whom it talks to, and its black box.
import { doingOf, markOf, placeOf, stateOf, toneOf } from './actor-row.js';
import { chart } from './charts.js';
import { actorLink, element, setClass, setText } from './dom.js';
import { bytes, clock, count, duration, short } from './format.js';
import { Known, line, push } from './store.js';

const CHART_HEIGHT = 170;
const LOOK_MS = 1000;
const PARTNERS = 8;

export class ActorView {
  name = 'actor';
  #charts = [];
  #timer;
  #hasLooked = false;
  #closed = false;

  constructor(node, store, path) {
    this.store = store;
    this.path = path;
    this.dot = element('span.dot');
    this.doing = element('span.doing');
    this.facts = element('dl.facts-grid');
    this.plots = { depths: element('div.chart'), rates: element('div.chart') };
    this.box = element('tbody');
    this.boxNote = element('p.empty', { hidden: true });
    this.hears = element('ul.partners');
    this.tells = element('ul.partners');
    this.content = this.#content();
    node.append(
      element(
        'div.title',
        {},
        element('a.back', { href: '#/' }, 'Actors'),
        this.dot,
        crumbs(path),
        this.doing,
      ),
      this.content,
    );
    this.resizing = new ResizeObserver(() => this.#resize());
    this.resizing.observe(node);
  }

  /** Hidden until there is something to show. */
  #content() {
    const hint = element('span.soft', {}, 'the last messages that it began, newest first');
    const { depths, rates } = this.plots;
    return element(
      'div.stack',
      { hidden: true },
      element('section.panel', {}, this.facts),
      element('div.two', {}, panel('Waiting', depths), panel('Handled per second', rates)),
      element(
        'section.panel',
        {},
        element('div.controls', {}, element('h2', {}, 'Black box'), hint),
        element('div.scroll', {}, element('table.box', {}, boxHead(), this.box)),
        this.boxNote,
      ),
      element('div.two', {}, panel('Hears from', this.hears), panel('Tells', this.tells)),
    );
  }

  #resize() {
    for (const { plot, drawn } of this.#charts) drawn.resize(plot.clientWidth);
  }

  update() {
    const actor = this.store.paths.get(this.path);
    if (actor !== undefined) this.#show(actor, this.store.times);
    this.#showPartners();
    if (!this.#hasLooked) this.#look();
  }

  #show(actor, times) {
    this.content.hidden = false;
    setClass(this.dot, `dot ${toneOf(actor)}`);
    setText(this.doing, doingOf(actor) || 'idle');
    setClass(this.doing, `doing${markOf(actor)}`);
    const facts = {
      type: actor.kind === 'actor' ? actor.type : actor.kind,
      state: stateOf(actor),
      'lives on': placeOf(actor) || '–',
      waiting: `${count(actor.depth)} (${bytes(actor.bytes)})`,
      peak: count(actor.highWater),
      'held by senders': count(actor.held),
      'oldest message': actor.oldestMs > 0 ? duration(actor.oldestMs) : '–',
      handled: count(actor.processed),
      'per second': short(actor.rate),
      failed: count(actor.failed),
      restarts: count(actor.restarts),
    };
    if (this.facts.childElementCount === 0) {
      for (const name of Object.keys(facts))
        this.facts.append(element('div', {}, element('dt', {}, name), element('dd', { 'data-fact': name })));
    }
    for (const [at, value] of Object.values(facts).entries())
      setText(this.facts.children[at].lastChild, value);
    if (this.#charts.length === 0) this.#draw();
    for (const { key, drawn } of this.#charts) drawn.set(times, actor[key]);
  }

  #draw() {
    const { depths, rates } = this.plots;
    this.#charts = [
      {
        key: 'depths',
        plot: depths,
        drawn: chart(depths, depths.clientWidth, CHART_HEIGHT, 'depth', 'waiting'),
      },
      {
        key: 'rates',
        plot: rates,
        drawn: chart(rates, rates.clientWidth, CHART_HEIGHT, 'rate', 'per second'),
      },
    ];
  }

  recolour() {
    for (const { drawn } of this.#charts) drawn.destroy();
    this.#charts = [];
    if (this.store.system !== undefined) this.update();
  }

  #showPartners() {
    const edges = [...this.store.edges.values()];
    showEdges(
      this.hears,
      edges.filter(({ to }) => to === this.path),
      ({ from }) => from,
    );
    showEdges(
      this.tells,
      edges.filter(({ from }) => from === this.path),
      ({ to }) => to,
    );
  }

  #look = async () => {
    this.#hasLooked = true;
    const answer = await askFor(this.path);
    if (this.#closed) return;
    this.#timer = setTimeout(this.#look, LOOK_MS);
    // Else the feed says that there is no connection.
    if (answer === undefined) return;
    this.#showBox(answer.last);
    if (!this.store.paths.has(this.path)) this.#showUnlisted(answer.actor);
  };

  /** Beyond those that the feed tells of, or gone. */
  #showUnlisted(actor) {
    if (actor === null) {
      setClass(this.dot, 'dot');
      setText(this.doing, 'There is no such actor now.');
      return;
    }
    this.own ??= { known: new Known(this.path), times: line() };
    const { known, times } = this.own;
    Object.assign(known, { handling: undefined }, actor);
    known.read(LOOK_MS / 1000);
    push(times, Date.now() / 1000);
    this.#show(known, times);
  }

  #showBox(messages) {
    this.boxNote.hidden = messages.length > 0;
    setText(this.boxNote, 'It has begun no message yet, or remembers none.');
    this.box.replaceChildren(...messages.reverse().map(boxRow));
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.resizing.disconnect();
    for (const { drawn } of this.#charts) drawn.destroy();
  }
}

async function askFor(path) {
  try {
    const response = await fetch(`actor?path=${encodeURIComponent(path)}`);
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

/** A link for each actor above. */
function crumbs(path) {
  const names = path.split('/').slice(1);
  const links = names.map((name, at) => {
    const href = actorLink(`/${names.slice(0, at + 1).join('/')}`);
    return at === names.length - 1 ? element('b', {}, name) : element('a', { href }, name);
  });
  return element('h2.crumbs', {}, ...links.flatMap((link) => [element('span.soft', {}, '/'), link]));
}

function panel(title, content) {
  return element('section.panel', {}, element('div.controls', {}, element('h2', {}, title)), content);
}

function boxHead() {
  const names = ['begun', 'message', 'from', 'took', 'outcome'];
  return element(
    'thead',
    {},
    element(
      'tr',
      {},
      ...names.map((name) => element(name === 'took' ? 'th.right' : 'th', { scope: 'col' }, name)),
    ),
  );
}

function boxRow({ method, kind, from, time, tookMs, outcome, attempts, args }) {
  const call = element('code', {}, element('b', {}, method), args === undefined ? '' : `(${args})`);
  return element(
    'tr',
    {},
    element('td', {}, clock(time)),
    element('td.message', {}, element('span.soft', {}, kind), call),
    element(
      'td',
      {},
      from === undefined
        ? element('span.soft', {}, 'the program')
        : element('a', { href: actorLink(from) }, from),
    ),
    element('td.right', {}, duration(tookMs)),
    element(
      'td',
      {},
      element(`span.kind.${outcome}`, {}, attempts > 1 ? `${outcome}, ${attempts} times begun` : outcome),
    ),
  );
}

function showEdges(list, edges, other) {
  const most = edges.sort((a, b) => b.count - a.count).slice(0, PARTNERS);
  const items = most.map((edge) => {
    const path = other(edge);
    const name =
      path === '' ? element('span', {}, 'the program') : element('a', { href: actorLink(path) }, path);
    return element(
      'li',
      {},
      name,
      element('b', {}, count(edge.count)),
      element('span.soft', {}, `${short(edge.rate)}/s`),
    );
  });
  list.replaceChildren(
    ...(items.length > 0 ? items : [element('li.empty', {}, 'Nobody, since the page was opened.')]),
  );
}
