// The frame: the feed, what stands above every view, and which view is shown.
import { ActorView } from './actor-view.js';
import { ActorsView } from './actors-view.js';
import { byId, setClass, setText } from './dom.js';
import { count } from './format.js';
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
  const problems = [
    ...health.problems,
    ...stuck.slice(0, 3).map(({ path, handling }) => `${path} is stuck in ${handling.method}`),
  ];
  const isWell = problems.length === 0 && health.state === 'running';
  setClass(byId('dot'), isWell ? 'dot good' : health.state === 'running' ? 'dot bad' : 'dot busy');
  setText(
    byId('state'),
    health.state !== 'running'
      ? health.state
      : isWell
        ? 'running well'
        : count(problems.length) + (problems.length === 1 ? ' problem' : ' problems'),
  );
  notice(problems.slice(0, 4).join(' · ') + (problems.length > 4 ? ' · …' : ''));
  const letters = byId('letter-count');
  letters.hidden = store.letters.size === 0;
  setText(letters, count(store.letters.size));
}

function notice(text) {
  byId('notice').hidden = text === '';
  setText(byId('notice'), text);
}

function lost(state, text) {
  setClass(byId('dot'), 'dot bad');
  setText(byId('state'), state);
  notice(text);
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
