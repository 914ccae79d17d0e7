/** The page in a real browser: it shows what is, and what it shows does nothing. */
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type Dashboard, serveDashboard } from '../../core/dashboard/index.js';
import type { ActorMetrics, ActorSystem } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';
import { launchBrowser } from './support/browser.js';
import { Careless, Player } from './support/players.js';

const TOKEN = 'not-to-be-guessed-1';
const HOSTILE = '<img src=x onerror="hacked=1"></script><script>hacked=1</script>';

/** What is used of an element, over there. */
interface Row {
  readonly dataset: Readonly<Record<string, string>>;
  scrollTo(x: number, y: number): void;
}

describe('the page', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let system: ActorSystem;
  let dashboard: Dashboard;
  /** What the browser complained of: scripts that failed, or were refused. */
  let complaints: string[];

  before(async function () {
    const launched = await launchBrowser();
    if (launched === undefined) {
      console.log('      no Chromium on this machine (CHROMIUM_PATH names one)');
      this.skip();
    }
    browser = launched;
  });
  after(() => browser?.close());

  beforeEach(async () => {
    ({ system } = await quietSystem({ threads: 1, name: 'theatre' }));
    dashboard = await serveDashboard(system);
    context = await browser.newContext();
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (line) => {
      if (line.type() === 'error') complaints.push(line.text());
    });
  });
  afterEach(async () => {
    await context.close();
    await system.shutdown({ drain: false });
  });

  const view = (hash = '') => page.goto(dashboard.url + hash);
  const row = (path: string) => page.locator(`.row[data-path=${JSON.stringify(path)}]`);
  const of = (path: string) => system.metrics().actors.find((actor) => actor.path === path) as ActorMetrics;

  it('shows what metrics() says: the tree, where each lives, and the numbers of an actor', async () => {
    await system.pool(Player, { name: 'pool', size: 2, placement: 'inline' });
    const player = await system.spawn(Player, { name: 'player' });
    for (let n = 0; n < 12; n++) await player.ask.note(n);
    const careless = await system.spawn(Careless, { name: 'careless', placement: 'shared' });
    for (let n = 0; n < 2; n++) careless.tell.fail('oh');
    await until(() => of('/careless').restarts === 2 && of('/careless').state === 'running');
    await until(() => system.metrics().actors.every(({ depth }) => depth === 0));
    await view();
    await row('/careless').waitFor();
    const paths = await page
      .locator('.space .row:visible')
      .evaluateAll((rows: readonly unknown[]) => rows.map((each) => (each as Row).dataset.path));
    expect(paths).to.have.members(system.metrics().actors.map(({ path }) => path));
    expect(await row('/pool').innerText()).to.match(/pool\s+pool of 2\s+inline/);
    expect(await row('/player').locator('.place').innerText()).to.equal(`thread ${of('/player').thread}`);
    expect(await row('/careless').locator('.place').innerText()).to.equal(
      `shared · thread ${of('/careless').thread}`,
    );
    expect(await row('/careless').locator('.faults').innerText()).to.equal('2');
    expect(await page.locator('[data-tile=actors] b').innerText()).to.equal('5');
    expect(await page.locator('[data-tile=failed] b').innerText()).to.equal('2');
    expect(await page.locator('[data-tile=letters] b').innerText()).to.equal('2');

    await row('/player').getByRole('link').click();
    const { processed, highWater, failed, restarts } = of('/player');
    const fact = (name: string) => page.locator(`[data-fact="${name}"]`).innerText();
    await page.locator('[data-fact="handled"]').waitFor();
    expect(await fact('handled')).to.equal(String(processed));
    expect(await fact('peak')).to.equal(String(highWater));
    expect(await fact('waiting')).to.equal('0 (0 B)');
    expect([await fact('failed'), await fact('restarts')]).to.deep.equal([String(failed), String(restarts)]);
    await page.locator('.box tbody tr').nth(11).waitFor();
    expect(await page.locator('.box tbody tr').first().innerText()).to.match(/ask\s*note\(?/);
    expect(complaints).to.deep.equal([]);
  });

  it('marks an actor that is stuck, while it is', async () => {
    const stuck = await system.spawn(Player, { name: 'stuck' });
    const waiting = await system.spawn(Player, { name: 'waiting' });
    const [gate, held] = [new Gate(), new Gate()];
    stuck.tell.spin(gate.shared);
    waiting.tell.hold(held.shared);
    await Promise.all([gate.reached(), held.reached()]);
    stuck.tell.note(1);
    await view();
    await row('/stuck').and(page.locator('.stuck')).waitFor();
    expect(await row('/stuck').locator('.doing').innerText()).to.match(/^stuck in spin for /);
    expect(await page.locator('#notice').innerText()).to.equal('/stuck is stuck in spin');
    expect(await page.locator('#state').innerText()).to.equal('1 problem');
    // One that awaits something is not stuck.
    await row('/waiting').getByText('awaits in hold').waitFor();
    gate.open();
    held.open();
    await page.getByText('running well').waitFor();
    expect(await page.locator('.row.stuck').count()).to.equal(0);
    expect(await page.locator('#notice').isVisible()).to.equal(false);
  });

  it('marks all actors of a shared thread that is stuck behind an await', async () => {
    const placement = 'shared' as const;
    const stuck = await system.spawn(Player, { name: 'stuck', placement });
    await system.spawn(Player, { name: 'beside', placement });
    const gate = new Gate();
    stuck.tell.spinLater(gate.shared);
    await gate.reached();
    await view();
    await row('/stuck')
      .and(page.locator('.blocked'))
      .getByText(/^thread stuck for .*, in spinLater$/)
      .waitFor();
    await row('/beside').and(page.locator('.blocked')).getByText('thread stuck for').waitFor();
    expect(await page.locator('#notice').innerText()).to.match(
      /^thread \d+, with 2 actors, is stuck, perhaps in \/stuck$/,
    );
    gate.open();
    await page.getByText('running well').waitFor();
    expect(await page.locator('.row.stuck, .row.blocked').count()).to.equal(0);
  });

  it('replays a dead letter', async () => {
    const player = await system.spawn(Player, { name: 'player' });
    player.tell.careful('gift');
    await view('#/letters');
    await page.getByText("careful('gift')").waitFor();
    expect(await page.locator('.letters').innerText()).to.include('RangeError: no use for gift');
    await player.ask.note('be good');
    await page.getByRole('button', { name: 'Replay', exact: true }).click();
    await page.getByText('1 sent again.').waitFor();
    await page.getByText('No dead letters: everything was handled.').waitFor();
    expect(await player.ask.notes()).to.deep.equal(['be good', 'gift']);
  });

  it('runs nothing of what actors are named, told, or fail with', async () => {
    const name = '<img src=x onerror=hacked=1>';
    const hostile = await system.spawn(Player, { name, placement: 'inline' });
    const careless = await system.spawn(Careless, { name: 'careless' });
    await hostile.ask.note(HOSTILE);
    const stopped = await system.spawn(Player, { name: `${name} 2`, placement: 'inline' });
    await stopped.stop();
    await view();
    await row(`/${name}`).waitFor();
    expect(await row(`/${name}`).getByRole('link').innerText()).to.equal(name);
    careless.tell.fail(HOSTILE);
    stopped.tell.note(HOSTILE);
    hostile.tell.pass('/careless', HOSTILE);
    await page.getByText(`Error: ${HOSTILE}`).first().waitFor();
    for (const hash of ['#/messages', '#/failures', '#/letters']) {
      await view(hash);
      await page.getByText('onerror').locator('visible=true').first().waitFor();
    }
    await page.getByText(`note('${HOSTILE}')`).waitFor();
    await view();
    await row(`/${name}`).getByRole('link').click();
    await page.getByText(`note('${HOSTILE}')`).waitFor();
    await view('#/actor/%3Cimg src=x onerror=hacked=1%3E/%');
    expect(await page.evaluate('typeof hacked')).to.equal('undefined');
    expect(await page.locator('main img, main script').count()).to.equal(0);
    expect(complaints).to.deep.equal([]);
  });

  it('refuses markup that a script of its own might make of a text', async () => {
    await view();
    const tried = await page.evaluate(`(() => {
      try { document.body.innerHTML = '<b>x</b>'; return 'done'; } catch (error) { return error.name; }
    })()`);
    expect(tried).to.equal('TypeError');
  });

  it('is light or dark as the system is, or as one likes, which it remembers', async () => {
    const back = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const [light, dark] = ['rgb(245, 246, 249)', 'rgb(17, 20, 26)'];
    await page.emulateMedia({ colorScheme: 'light' });
    await view();
    expect(await back()).to.equal(light);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await back()).to.equal(dark);
    const button = page.locator('#theme');
    expect(await button.innerText()).to.equal('Auto');
    await button.click();
    expect([await button.innerText(), await back()]).to.deep.equal(['Light', light]);
    await page.reload();
    expect([await button.innerText(), await back()]).to.deep.equal(['Light', light]);
    await page.emulateMedia({ colorScheme: 'light' });
    await button.click();
    expect([await button.innerText(), await back()]).to.deep.equal(['Dark', dark]);
    await button.click();
    expect([await button.innerText(), await back()]).to.deep.equal(['Auto', light]);
  });

  it('opens by its token once, and the token is not seen any more', async () => {
    await using locked = await serveDashboard(system, { token: TOKEN });
    await page.goto(locked.url);
    expect(await page.innerText('body')).to.include('wants its token');
    await page.goto(`${locked.url}?token=${TOKEN}#/failures`);
    await page.getByText('running well').waitFor();
    expect(page.url()).to.equal(`${locked.url}#/failures`);
    await page.reload();
    await page.getByText('running well').waitFor();
    expect(await page.evaluate('document.cookie')).to.equal('');
  });

  it('has a few rows for many actors, and finds what is looked for', async () => {
    const names = Array.from({ length: 300 }, (_, n) => `player-${n}`);
    await Promise.all(names.map((name) => system.spawn(Player, { name, placement: 'inline' })));
    await view();
    await row('/player-0').waitFor();
    expect(await page.locator('.space .row').count()).to.be.below(60);
    await page.locator('.rows').evaluate((rows: unknown) => (rows as Row).scrollTo(0, 1e6));
    await row('/player-299').waitFor();
    expect(await page.locator('.space .row').count()).to.be.below(60);
    await page.getByLabel('Filter actors').fill('player-17');
    await row('/player-170').waitFor();
    expect(await page.locator('.space .row:visible').count()).to.equal(11);
  });

  it('says that the system has ended, and keeps what was seen last', async () => {
    await system.spawn(Player, { name: 'player', placement: 'inline' });
    await view();
    await row('/player').waitFor();
    await system.shutdown();
    await page.getByText('The system has ended.').waitFor();
    expect(await page.locator('#state').innerText()).to.equal('ended');
    expect(await row('/player').isVisible()).to.equal(true);
  });
});
