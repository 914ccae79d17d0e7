// The frame: the feed, what stands above every view, and which view is shown.
import { ActorView } from './actor-view.js';
import { ActorsView } from './actors-view.js';
import { actorLink, byId, element, setClass, setText } from './dom.js';
import { count, plural } from './format.js';
import { HappeningsView } from './happenings-view.js';
import { LettersView } from './letters-view.js';
import { MessagesView } from './messages-view.js';
import { Store } from './store.js';
import { Tiles } from './tiles.js';

// The token is a cookie by now: nobody needs to read it over a shoulder.
if (location.search !== '') history.replaceState(null, '', `${location.pathname}${location.hash}`);

const store = new Store();
const tiles = new Tiles(byId('tiles'));
let view;

const VIEWS = { '': ActorsView, messages: MessagesView, failures: HappeningsView, letters: LettersView };

function route() {
  const [name, ...rest] = location.hash.slice(2).split('/');
  view?.close();
  byId('view').replaceChildren();
  const path = `/${rest.map(decoded).join('/')}`;
  view =
    name === 'actor'
      ? new ActorView(byId('view'), store, path)
      : new (VIEWS[name] ?? ActorsView)(byId('view'), store);
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === view.name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (store.system !== undefined) view.update();
  scrollTo(0, 0);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function showFrame() {
  const { name, health } = store.system;
  setText(byId('name'), name);
  const title = `${name} · Troupe`;
  if (document.title !== title) document.title = title;
  const stuck = [...store.actors.values()].filter((actor) => actor.stuck);
  const threads = stuckThreads(stuck);
  const problems = health.problems.length + stuck.length + threads.size;
  const isRunning = health.state === 'running';
  setClass(byId('dot'), `dot ${!isRunning ? 'busy' : problems > 0 ? 'bad' : 'good'}`);
  setText(
    byId('state'),
    !isRunning ? health.state : problems > 0 ? plural(problems, 'problem') : 'running well',
  );
  showProblems(health.problems, stuck, threads);
  const letters = byId('letter-count');
  letters.hidden = store.letters.size === 0;
  setText(letters, count(store.letters.size));
}

/** Those that are stuck in nobody knows whose code: the actors that are on them. */
function stuckThreads(stuck) {
  const known = new Set(stuck.map(({ thread }) => thread));
  const threads = new Map();
  for (const actor of store.actors.values()) {
    if (!actor.blocked || known.has(actor.thread)) continue;
    const here = threads.get(actor.thread);
    if (here === undefined) threads.set(actor.thread, [actor]);
    else here.push(actor);
  }
  return threads;
}

const MAX_PROBLEMS = 4;

function showProblems(problems, stuck, threads) {
  const lines = [
    ...stuck.map((actor) => stuckLine(actor)),
    ...[...threads].map(([thread, actors]) => threadLine(thread, actors)),
    ...problems.map((problem) => element('p', {}, problem)),
  ];
  const more = lines.length - MAX_PROBLEMS;
  notice(...lines.slice(0, MAX_PROBLEMS), ...(more > 0 ? [element('p', {}, `and ${count(more)} more`)] : []));
}

const MAX_SUSPECTS = 3;

/** It is in the code of one of those that are at something, most likely. */
function threadLine(thread, actors) {
  const suspects = actors.filter(({ handling }) => handling);
  const links = suspects
    .slice(0, MAX_SUSPECTS)
    .flatMap(({ path }) => [', ', element('a', { href: actorLink(path) }, path)])
    .slice(1);
  const more = suspects.length > MAX_SUSPECTS ? ` and ${count(suspects.length - MAX_SUSPECTS)} more` : '';
  const at = links.length > 0 ? ', perhaps in ' : '';
  return element(
    'p',
    {},
    `thread ${thread}, with ${plural(actors.length, 'actor')}, is stuck${at}`,
    ...links,
    more,
  );
}

function stuckLine({ path, handling }) {
  const link = element('a', { href: actorLink(path) }, path);
  return element('p', {}, link, ` is stuck in ${handling.method}`);
}

function notice(...lines) {
  const node = byId('notice');
  const text = lines.map(({ textContent }) => textContent).join('\n');
  if (node.dataset.text === text) return;
  node.dataset.text = text;
  node.hidden = lines.length === 0;
  node.replaceChildren(...lines);
}

function lost(state, text) {
  setClass(byId('dot'), 'dot bad');
  setText(byId('state'), state);
  notice(element('p', {}, text));
  document.body.classList.add('stale');
}

const feed = new EventSource('events');
feed.addEventListener('message', ({ data }) => {
  document.body.classList.remove('stale');
  store.apply(JSON.parse(data));
  showFrame();
  tiles.update(store);
  view.update();
});
feed.addEventListener('error', () => {
  const isOver = feed.readyState === EventSource.CLOSED;
  lost(
    'no connection',
    isOver ? 'The dashboard does not answer: load the page again.' : 'No connection: trying again.',
  );
});
feed.addEventListener('end', () => {
  feed.close();
  lost('ended', 'The system has ended. This is what was seen last.');
});

window.theme.watch((label) => setText(byId('theme'), label));
byId('theme').addEventListener('click', () => window.theme.next());
window.theme.watch(() => {
  tiles.recolour(store);
  view?.recolour?.();
});
addEventListener('hashchange', route);
route();
