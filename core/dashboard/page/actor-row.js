// One actor in the list: made once, shown for whichever actor comes into sight.
import { sparkline } from './charts.js';
import { actorLink, element, setClass, setText } from './dom.js';
import { count, duration, short } from './format.js';

const SPARK = { width: 84, height: 24 };
/** From here on it is worth a word, in ms, that a handler awaits something. */
const LONG_MS = 1000;
/** Nesting is shown up to here. */
const MAX_LEVEL = 8;

export class ActorRow {
  constructor(onToggle) {
    this.toggle = element('button.toggle', { type: 'button', onclick: () => onToggle(this.path) });
    this.dot = element('span.dot');
    this.link = element('a.name');
    this.type = element('span.type');
    this.place = element('span.place', { role: 'cell' });
    this.depth = number();
    this.rate = number();
    this.doing = element('span.doing', { role: 'cell' });
    this.faults = element('span.faults', { role: 'cell' });
    this.who = element('span.who', { role: 'cell' }, this.toggle, this.dot, this.link, this.type);
    this.node = element(
      'div.row',
      { role: 'row' },
      this.who,
      this.place,
      this.depth.node,
      this.rate.node,
      this.doing,
      this.faults,
    );
  }

  show(actor, asTree, children, isClosed) {
    this.path = actor.path;
    const href = actorLink(actor.path);
    if (this.link.getAttribute('href') !== href) {
      this.link.setAttribute('href', href);
      this.link.title = actor.path;
      this.node.dataset.path = actor.path;
    }
    setText(this.link, asTree ? actor.name : actor.path);
    setText(
      this.type,
      actor.kind === 'actor' ? actor.type : `${actor.kind} of ${count(children?.length ?? 0)}`,
    );
    this.#showPlaceInTree(
      asTree ? Math.min(actor.level, MAX_LEVEL) : 0,
      asTree && children !== undefined,
      isClosed,
    );
    setClass(this.node, `row${markOf(actor)}`);
    setClass(this.dot, `dot ${toneOf(actor)}`);
    this.dot.title = stateOf(actor);
    setText(this.place, placeOf(actor));
    setText(
      this.depth.text,
      actor.held > 0 ? `${short(actor.depth)} +${short(actor.held)}` : short(actor.depth),
    );
    this.depth.text.title = actor.held > 0 ? `${count(actor.held)} more are held by their senders` : '';
    setText(this.rate.text, short(actor.rate));
    setText(this.doing, doingOf(actor));
    setText(this.faults, actor.restarts > 0 ? short(actor.restarts) : '');
    this.#draw(actor);
  }

  #showPlaceInTree(level, hasChildren, isClosed) {
    const indent = `${level * 1.1}rem`;
    if (this.who.style.paddingLeft !== indent) this.who.style.paddingLeft = indent;
    setClass(this.toggle, hasChildren ? (isClosed ? 'toggle closed' : 'toggle open') : 'toggle none');
    this.toggle.disabled = !hasChildren;
    if (hasChildren) this.toggle.setAttribute('aria-expanded', !isClosed);
    this.toggle.setAttribute(
      'aria-label',
      hasChildren ? `${isClosed ? 'Show' : 'Hide'} what is under it` : '',
    );
  }

  #draw(actor) {
    drawLine(this.depth, actor.depths, 'depth');
    drawLine(this.rate, actor.rates, 'rate');
  }

  destroy() {
    this.depth.line?.destroy();
    this.rate.line?.destroy();
  }
}

/** A line that never left zero is none: most actors are idle, and those that are not stand out. */
function drawLine(number, points, name) {
  const isFlat = points.every(isNothing);
  setClass(number.plot, isFlat ? 'spark flat' : 'spark');
  if (isFlat) return;
  number.line ??= sparkline(number.plot, SPARK.width, SPARK.height, name);
  number.line.set(points);
}

const isNothing = (value) => value === 0 || value === null;

function number() {
  const plot = element('span.spark', { 'aria-hidden': 'true' });
  const text = element('b');
  return { node: element('span.number', { role: 'cell' }, plot, text), plot, text };
}

export const markOf = ({ stuck, blocked }) => (stuck ? ' stuck' : blocked ? ' blocked' : '');

export const stateOf = ({ stuck, blocked, state }) => (stuck ? 'stuck' : blocked ? 'thread stuck' : state);

export function toneOf(actor) {
  if (actor.stuck) return 'bad';
  if (actor.blocked || actor.state !== 'running') return 'busy';
  return actor.rate > 0 || actor.handling ? 'active' : 'good';
}

export function placeOf({ placement, thread, kind }) {
  if (kind === 'group') return '';
  if (kind === 'pool') return placement === 'thread' ? 'threads' : placement;
  const where = thread === undefined || thread === null ? '–' : thread === 0 ? 'main' : `thread ${thread}`;
  return placement === 'thread' ? where : `${placement} · ${where}`;
}

export function doingOf({ state, stuck, blocked, threadBusyMs, handling, oldestMs }) {
  if (stuck) return `stuck in ${handling.method} for ${duration(handling.forMs)}`;
  if (blocked) {
    const at = handling ? `, in ${handling.method}` : '';
    return `thread stuck for ${duration(threadBusyMs)}${at}`;
  }
  if (state !== 'running') return state;
  if (handling) {
    const waits = handling.forMs >= LONG_MS && !handling.occupiesThread;
    return `${waits ? 'awaits in ' : ''}${handling.method}, ${duration(handling.forMs)}`;
  }
  return oldestMs >= LONG_MS ? `oldest ${duration(oldestMs)}` : '';
}
