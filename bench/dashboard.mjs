/**
 * How smooth the dashboard's page is with many actors that all have something to do: frame times in Chromium, how busy
 * its main thread is, and what the page costs the system.
 *
 *   npm run build && node bench/dashboard.mjs [--actors 1000] [--seconds 8]
 *
 * Needs a Chromium: /usr/bin/chromium, or the one that CHROMIUM_PATH names.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { serveDashboard } from '../dist/core/dashboard/index.js';
import { Readings } from '../dist/core/dashboard/readings.js';
import { Actor, ActorSystem, isActorThread } from '../dist/core/index.js';

/** Tells another one, which tells another one, and so on. */
export class Gossip extends Actor {
  static module = import.meta.url;
  hear(left) {
    if (left === 0) return;
    const next = Math.floor(Math.random() * this.props.count);
    this.context.system.find(Gossip, `/gossip-${next}`).tell.hear(left - 1);
  }
}

/** Views, and what is done to them meanwhile. */
const PHASES = [
  { view: 'actors', hash: '' },
  { view: 'actors, scrolled through', hash: '', scrolls: true },
  { view: 'actors, the busiest first', hash: '', order: 'rate' },
  { view: 'messages', hash: 'messages' },
  { view: 'one actor', hash: 'actor/gossip-0' },
];

if (!isActorThread) await main();

async function main() {
  const { values } = parseArgs({
    options: { actors: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '8' } },
  });
  const [actors, seconds] = [wholeNumber('actors', values), wholeNumber('seconds', values)];
  await ActorSystem.run({ name: 'gossip', threads: 2 }, async (system) => {
    const props = { count: actors };
    const names = Array.from({ length: actors }, (_, n) => `gossip-${n}`);
    const refs = await Promise.all(
      names.map((name) => system.spawn(Gossip, { name, placement: 'shared', props })),
    );
    // Some thousand messages in a second, all over the place.
    const talking = setInterval(() => {
      for (let n = 0; n < 20; n++) refs[Math.floor(Math.random() * actors)].tell.hear(10);
    }, 50);
    const dashboard = await serveDashboard(system);
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
    try {
      await watch(browser, dashboard.url, { actors, seconds });
    } finally {
      clearInterval(talking);
      await browser.close();
    }
    const { ms, kB } = await readAll(system, refs);
    console.log(`a reading of all, each with news: ${ms.toFixed(1)} ms, ${kB.toFixed(0)} kB`);
  });
}

function wholeNumber(name, values) {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`--${name} is ${values[name]}: a whole number from 1, please`);
  process.exit(2);
}

async function watch(browser, url, { actors, seconds }) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('pageerror', (error) => console.error(error));
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  await page.goto(url);
  await page.getByText('gossip-0', { exact: true }).first().waitFor();
  console.log(
    `${actors} shared actors, ${seconds} s each; ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}`,
  );
  const rows = [];
  for (const { view, hash, order, scrolls = false } of PHASES) {
    await page.evaluate((to) => location.assign(`#/${to}`), hash);
    if (order !== undefined) await page.getByLabel('Order').selectOption(order);
    await page.waitForTimeout(500);
    const begun = await busyOf(session);
    const frames = await page.evaluate(framesFor, { ms: seconds * 1000, scrolls });
    const busy = (await busyOf(session)) - begun;
    rows.push({ view, ...summary(frames), 'thread busy': `${((100 * busy) / seconds).toFixed(0)} %` });
  }
  console.table(rows);
}

/** Seconds that the page's main thread was at work. */
async function busyOf(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value;
}

/** Runs in the page: the times between its frames, in ms. */
async function framesFor({ ms, scrolls }) {
  const frames = [];
  const end = performance.now() + ms;
  let last = performance.now();
  while (last < end) {
    if (scrolls) document.querySelector('.rows').scrollBy(0, 60);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    frames.push(now - last);
    last = now;
  }
  return frames;
}

function summary(frames) {
  const sorted = [...frames].sort((a, b) => a - b);
  const at = (share) =>
    `${sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1)} ms`;
  const late = frames.filter((ms) => ms > 50).length;
  return {
    frames: frames.length,
    median: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    worst: at(1),
    'over 50 ms': late,
  };
}

/** What a page's news cost, twice a second: to read all actors, to find what is different, to put it into JSON. */
async function readAll(system, refs) {
  const readings = new Readings();
  readings.take(system.metrics());
  const seen = [];
  for (let n = 0; n < 20; n++) {
    for (const ref of refs) ref.tell.hear(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begun = performance.now();
    const { length } = JSON.stringify(readings.take(system.metrics()));
    seen.push({ ms: performance.now() - begun, kB: length / 1000 });
  }
  return seen.sort((a, b) => a.ms - b.ms)[seen.length / 2];
}
