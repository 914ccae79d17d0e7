// The page of the code search. Texts from files and queries are set as text, never as markup.

const byId = (id) => document.getElementById(id);
const input = byId('query');
const answer = document.querySelector('.answer');

const element = (tag, className, ...children) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
};

const count = (value) => value.toLocaleString('en');

// --- searching -----------------------------------------------------------------------------------------------

let latest = 0;
let pending;

async function search() {
  const text = input.value;
  const mine = ++latest;
  pending?.abort();
  history.replaceState(null, '', text.trim() === '' ? '/' : `/?q=${encodeURIComponent(text.slice(0, 1000))}`);
  if (text.trim() === '') return showNothing();
  pending = new AbortController();
  answer.classList.add('stale');
  try {
    const response = await fetch(`/search?q=${encodeURIComponent(text)}`, { signal: pending.signal });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const found = await response.json();
    if (mine === latest) show(found);
  } catch (error) {
    if (mine === latest && error.name !== 'AbortError') showProblem(error);
  }
}

function showNothing() {
  answer.classList.remove('stale');
  byId('welcome').hidden = false;
  byId('summary').textContent = '';
  byId('results').replaceChildren();
}

function showProblem(error) {
  answer.classList.remove('stale');
  byId('summary').textContent = `No answer: ${error.message}.`;
}

function show({ words, total, results, tookMs }) {
  answer.classList.remove('stale');
  byId('welcome').hidden = true;
  byId('results').replaceChildren(...results.map(resultElement));
  byId('summary').textContent = summaryOf(words, total, results.length, tookMs);
}

function summaryOf(words, total, shown, tookMs) {
  if (words.length === 0) return 'Nothing to search for: type a word of two letters or more.';
  if (total === 0) return `No file has ${words.join(' or ')}.`;
  const files = total === 1 ? '1 file' : `${count(total)} files`;
  const best = shown < total ? `, the best ${shown} shown` : '';
  return `${files} in ${tookMs < 10 ? tookMs.toFixed(1) : tookMs.toFixed(0)} ms${best}`;
}

function resultElement({ path, snippets }) {
  const cut = path.lastIndexOf('/') + 1;
  const name = element('div', 'path', path.slice(0, cut), element('b', '', path.slice(cut)));
  const result = element('li', '', name);
  if (snippets.length === 0) return result;
  const code = element('div', 'code');
  for (const { line, text, ranges } of snippets) {
    code.append(element('span', '', String(line)), highlighted(text, ranges));
  }
  result.append(code);
  return result;
}

function highlighted(text, ranges) {
  const line = element('code');
  let at = 0;
  for (const [start, end] of ranges) {
    line.append(text.slice(at, start), element('mark', '', text.slice(start, end)));
    at = end;
  }
  line.append(text.slice(at));
  return line;
}

let typing;
input.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(search, 120);
});
byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(typing);
  search();
});
for (const example of document.querySelectorAll('.examples button')) {
  example.addEventListener('click', () => {
    input.value = example.textContent;
    input.focus();
    search();
  });
}
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target === input) return;
  event.preventDefault();
  input.select();
});

// --- live counters -------------------------------------------------------------------------------------------

const SPARK_POINTS = 60;
const rows = new Map();
let wasIndexing = false;

const feed = new EventSource('/events');
feed.addEventListener('message', ({ data }) => showLive(JSON.parse(data)));
feed.addEventListener('error', () => {
  byId('dot').className = 'dot bad';
  byId('phase').textContent = 'no connection';
});

function showLive({ phase, folder, dashboard, index, perSecond, actors }) {
  const isIndexing = phase === 'indexing';
  const share = index.totalFiles === 0 ? 0 : index.seenFiles / index.totalFiles;
  byId('dot').className = isIndexing ? 'dot busy' : 'dot good';
  byId('phase').textContent = isIndexing ? `indexing ${(share * 100).toFixed(0)} %` : 'ready';
  byId('progress').hidden = !isIndexing;
  byId('progress-bar').style.width = `${share * 100}%`;
  byId('folder').textContent = folder;
  linkTo(dashboard);
  showFacts(index);
  byId('rate').textContent = `${count(perSecond)} messages/s`;
  for (const actor of actors) showActor(actor);
  for (const [path, row] of rows) {
    if (actors.some((actor) => actor.path === path)) continue;
    row.item.remove();
    rows.delete(path);
  }
  // What was asked early was answered from half an index.
  if (wasIndexing && !isIndexing && input.value.trim() !== '') search();
  wasIndexing = isIndexing;
}

function linkTo(dashboard) {
  if (byId('dashboard').firstChild?.href === dashboard) return;
  const link = element('a', '', 'dashboard');
  link.href = dashboard;
  byId('dashboard').replaceChildren(link);
}

function showFacts({ files, bytes, terms, elapsedMs }) {
  const facts = {
    files: count(files),
    bytes: `${(bytes / 1e6).toFixed(1)} MB`,
    terms: terms === 0 ? '–' : count(terms),
    took: `${(elapsedMs / 1000).toFixed(1)} s`,
  };
  for (const [name, value] of Object.entries(facts)) {
    document.querySelector(`[data-fact="${name}"]`).textContent = value;
  }
}

function showActor(actor) {
  const row = rows.get(actor.path) ?? newRow(actor);
  row.dot.className = `dot ${actor.depth > 0 || actor.perSecond > 0 ? 'busy' : 'good'}`;
  row.rate.textContent =
    actor.perSecond === 0 ? actor.state : `${count(actor.perSecond)}/s, ${actor.serviceMs.toFixed(2)} ms`;
  row.processed.textContent = count(actor.processed);
  row.waiting.textContent = count(actor.depth);
  row.highWater.textContent = count(actor.highWater);
  row.restarts.textContent = count(actor.restarts);
  row.history.push(actor.perSecond);
  if (row.history.length > SPARK_POINTS) row.history.shift();
  row.line.setAttribute('d', sparkPath(row.history));
}

function sparkPath(history) {
  const highest = Math.max(1, ...history);
  const offset = SPARK_POINTS - history.length;
  const points = history.map((value, i) => `${offset + i},${(19 - (value / highest) * 18).toFixed(1)}`);
  return `M${points.join('L')}`;
}

function newRow({ name, path }) {
  const svg = (tag) => document.createElementNS('http://www.w3.org/2000/svg', tag);
  const chart = svg('svg');
  chart.setAttribute('class', 'spark');
  chart.setAttribute('viewBox', `0 0 ${SPARK_POINTS - 1} 20`);
  chart.setAttribute('preserveAspectRatio', 'none');
  chart.setAttribute('aria-hidden', 'true');
  const row = { history: [], line: svg('path'), dot: element('span', 'dot'), rate: element('output') };
  chart.append(row.line);
  const counts = element('div', 'actor-counts');
  for (const [key, label] of Object.entries({
    processed: 'handled',
    waiting: 'waiting',
    highWater: 'peak',
    restarts: 'restarts',
  })) {
    row[key] = element('b');
    counts.append(element('span', '', row[key], label));
  }
  const title = element('div', 'actor-name', row.dot, name, row.rate);
  title.title = path;
  row.item = element('li', '', title, chart, counts);
  byId('actors').append(row.item);
  rows.set(path, row);
  return row;
}

const asked = new URLSearchParams(location.search).get('q');
if (asked) {
  input.value = asked;
  search();
}
