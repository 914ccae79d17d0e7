/** What pages are told: everything at first, then what is different; letters, and their replay; contents, or none. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { serveDashboard } from '../../core/dashboard/index.js';
import { LetterTray } from '../../core/dashboard/letter-tray.js';
import { LiveFeed } from '../../core/dashboard/live-feed.js';
import { listed } from '../../core/dashboard/readings.js';
import { Shown } from '../../core/dashboard/shown.js';
import type { ActorSystem } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';
import { Careless, Player } from './support/players.js';
import { ask, post, type Told, Visit } from './support/visitor.js';

const SECRET = 'rosebud-4711';
const resume = { onError: 'resume' } as const;

/** As it comes over the line. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('a page of the dashboard', () => {
  let system: ActorSystem;
  let visits: Visit[];
  beforeEach(async () => {
    visits = [];
    ({ system } = await quietSystem({ threads: 1, name: 'theatre' }));
  });
  afterEach(async () => {
    for (const visit of visits) visit.leave();
    await system.shutdown({ drain: false });
  });

  async function visit(url: string): Promise<Visit> {
    const begun = await Visit.begin(url);
    visits.push(begun);
    await begun.hear(({ isAll }) => isAll === true);
    return begun;
  }

  it('is told what metrics() says', async () => {
    const player = await system.spawn(Player, { name: 'player', placement: 'shared' });
    await system.pool(Player, { name: 'pool', size: 2, placement: 'inline' });
    for (let n = 0; n < 5; n++) await player.ask.note(n);
    await until(() => system.metrics().actors.every(({ depth, bytes }) => depth === 0 && bytes === 0));
    const { url } = await serveDashboard(system);
    const [told] = (await visit(url)).told;
    // What those have done that have ended is in the counts of its class, which the page does not show.
    const { actors, time: _, ended: __, ...others } = plain(system.metrics());
    expect(told.actors).to.deep.equal(actors);
    expect(told.system).to.deep.include({ ...others, name: 'theatre', payloads: true });
    expect(told.system.totals).to.deep.include({ actors: 4, depth: 0, failed: 0 });
  });

  it('is told afterwards what is different, and no more', async () => {
    const [one, two] = [
      await system.spawn(Player, { name: 'one' }),
      await system.spawn(Player, { name: 'two' }),
    ];
    const { url } = await serveDashboard(system);
    const page = await visit(url);
    // What its first page is told of the flow's being observed has passed by then.
    await page.hear((told) => told.isAll === undefined && told.actors.length === 0);
    await one.ask.note(1);
    const change = await page.hear(
      (told) => told.isAll === undefined && told.actors.some(({ processed }) => processed === 1),
    );
    expect(change.actors.map(({ id }) => id)).to.deep.equal([one.id]);
    expect(Object.keys(change.actors[0])).not.to.include('path');
    await two.stop();
    const { gone } = await page.hear((told) => told.gone?.includes(two.id) === true);
    expect(gone).to.deep.equal([two.id]);
    await system.spawn(Player, { name: 'three', placement: 'inline' });
    const added = await page.hear((told) => told.actors.some(({ path }) => path === '/three'));
    expect(added.actors).to.have.lengthOf(1);
    expect(added.actors[0]).to.include({ type: 'Player', state: 'running', placement: 'inline' });
  });

  it('is told what came to nothing again: undefined does not stay as it was', async () => {
    const player = await system.spawn(Player, { name: 'player' });
    const gate = new Gate();
    player.tell.hold(gate.shared);
    await gate.reached();
    const { url } = await serveDashboard(system);
    const page = await visit(url);
    expect(page.told[0].actors[0].handling?.method).to.equal('hold');
    gate.open();
    const change = await page.hear(
      ({ isAll, actors }) => isAll === undefined && actors[0]?.handling === null,
    );
    expect(change.actors[0].id).to.equal(player.id);
  });

  it('is told who tells whom, what failed, and what was restarted', async () => {
    const { url } = await serveDashboard(system);
    const page = await visit(url);
    const one = await system.spawn(Player, { name: 'one' });
    await system.spawn(Player, { name: 'two' });
    for (let n = 0; n < 3; n++) one.tell.pass('/two', n);
    one.tell.careful('that');
    await page.hear(({ edges }) => edges.some(({ from, to }) => from === '/one' && to === '/two'));
    await page.hear(({ edges }) =>
      edges.some(({ from, to, count }) => from === '' && to === '/one' && count === 4),
    );
    const failed = await page.hear(({ happenings }) => happenings.some(({ kind }) => kind === 'failed'));
    expect(failed.happenings.find(({ kind }) => kind === 'failed')).to.include({
      actor: '/one',
      text: 'careful failed: RangeError: no use for that',
    });
    const restarted = await page.hear(({ happenings }) =>
      happenings.some(({ kind }) => kind === 'restarted'),
    );
    expect(restarted.happenings.find(({ kind }) => kind === 'restarted')?.text).to.match(
      /^restarted \(1\) after /,
    );
    // Who comes later sees them as well.
    const later = await visit(url);
    expect(later.told[0].happenings.map(({ kind }) => kind)).to.include.members([
      'failed',
      'restarted',
      'started',
    ]);
    expect(later.told[0].edges).to.deep.include({ from: '/one', to: '/two', count: 3 });
  });

  it('counts failures and restarts of actors that have ended by now as well', async () => {
    const { url } = await serveDashboard(system);
    const page = await visit(url);
    const supervision = { maxRestarts: 1 };
    const careless = await system.spawn(Careless, { name: 'careless', placement: 'inline', supervision });
    for (let n = 0; n < 2; n++) careless.tell.fail('oh');
    await careless.join();
    const told = await page.hear(({ system: { totals } }) => totals.actors === 0 && totals.failed > 0);
    expect(told.system.totals).to.include({ failed: 2, restarts: 1 });
  });

  it('has starts by the hundred in a line', async () => {
    const { url } = await serveDashboard(system);
    const page = await visit(url);
    const names = Array.from({ length: 40 }, (_, n) => `p${n}`);
    await Promise.all(names.map((name) => system.spawn(Player, { name, placement: 'inline' })));
    await page.hear(({ system: { totals } }) => totals.actors === 40);
    await page.hear(({ happenings }) => happenings.some(({ text }) => /^\d+ actors started$/.test(text)));
  });

  it('can replay dead letters, once', async () => {
    const player = await system.spawn(Player, { name: 'player' });
    const { url } = await serveDashboard(system);
    const page = await visit(url);
    player.tell.careful('gift');
    const { letters } = await page.hear((told) => told.letters.length > 0);
    expect(letters[0]).to.deep.include({ to: '/player', reason: 'failed', args: "'gift'" });
    expect(letters[0].error).to.equal('RangeError: no use for gift');
    await player.ask.note('be good');
    const { id } = letters[0];
    expect(plain(JSON.parse((await post(`${url}replay`, { ids: [id, id] })).text))).to.deep.equal({
      replayed: 1,
      failed: [],
    });
    await until(() => system.metrics().actors[0].processed >= 2);
    expect(await player.ask.notes()).to.deep.equal(['be good', 'gift']);
    await page.hear(({ lettersGone }) => lettersGone?.includes(id) === true);
    const again = JSON.parse((await post(`${url}replay`, { ids: [id] })).text);
    expect(again).to.deep.equal({ replayed: 0, failed: [{ id, why: 'it is not kept any more' }] });
  });

  it('is told why a letter cannot be replayed', async () => {
    const player = await system.spawn(Player, { name: 'player' });
    const { url } = await serveDashboard(system);
    const page = await visit(url);
    await player.stop();
    player.tell.note(1);
    await new Promise((resolve) => player.stream.count(1).subscribe({ error: resolve }));
    await page.hear(({ letters }) => letters.some(({ fixed }) => fixed !== undefined));
    const letters = page.told.flatMap((told) => told.letters);
    expect(letters.map(({ fixed }) => fixed)).to.deep.equal([undefined, 'a stream needs its subscriber']);
    const ids = letters.map(({ id }) => id);
    expect(JSON.parse((await post(`${url}replay`, { ids })).text)).to.deep.equal({
      replayed: 0,
      failed: [
        { id: ids[0], why: 'there is no actor /player' },
        { id: ids[1], why: 'a stream needs its subscriber' },
      ],
    });
  });

  it('is told of letters from before it was opened', async () => {
    const { url } = await serveDashboard(system);
    const player = await system.spawn(Player, { name: 'player', placement: 'inline' });
    await player.stop();
    player.tell.note(SECRET);
    await until(() => system.metrics().deadLetters === 1);
    const page = await visit(url);
    const told = await page.hear(({ letters }) => letters.length > 0);
    expect(told.letters[0]).to.include({ to: '/player', reason: 'stopped', args: `'${SECRET}'` });
  });

  it('is shown the black box of an actor, also of one that is stuck', async () => {
    const player = await system.spawn(Player, { name: 'player' });
    await player.ask.note({ to: 'Ada' });
    const gate = new Gate();
    player.tell.spin(gate.shared);
    await gate.reached();
    const { url } = await serveDashboard(system);
    const { actor, last: box } = JSON.parse((await ask(`${url}actor?path=/player`)).text);
    expect(actor).to.deep.include({ path: '/player', depth: 1, processed: 1 });
    expect(box).to.have.lengthOf(2);
    expect(box[0]).to.deep.include({
      method: 'note',
      kind: 'ask',
      outcome: 'handled',
      args: "{ to: 'Ada' }",
    });
    expect(box[1]).to.deep.include({ method: 'spin', kind: 'tell', outcome: 'handling' });
    const page = await visit(url);
    await page.hear(({ actors }) =>
      actors.some(({ handling }) => handling?.method === 'spin' && handling.occupiesThread),
    );
    expect((await ask(`${url}actor?path=/nobody`)).text).to.equal('{"actor":null,"last":[]}');
    gate.open();
  });

  it('is told no contents with payloads: false, and can replay all the same', async () => {
    const player = await system.spawn(Player, { name: 'player' });
    const careless = await system.spawn(Careless, { name: 'careless', supervision: resume });
    const { url } = await serveDashboard(system, { payloads: false });
    const page = await visit(url);
    careless.tell.fail(SECRET);
    player.tell.careful(SECRET);
    await page.hear(({ happenings }) => happenings.some(({ kind }) => kind === 'restarted'));
    await page.hear(() => page.told.flatMap(({ letters }) => letters).length === 2);
    await player.ask.note('be good');
    const letter = page.told.flatMap(({ letters }) => letters).find(({ to }) => to === '/player');
    expect(letter?.error).to.equal('RangeError');
    const box = await ask(`${url}actor?path=/player`);
    const { text } = await post(`${url}replay`, { ids: [letter?.id] });
    expect(JSON.parse(text)).to.deep.equal({ replayed: 1, failed: [] });
    expect(await player.ask.notes()).to.deep.equal(['be good', SECRET]);
    const later = await visit(url);
    for (const said of [page.raw, later.raw, box.text, text]) expect(said).not.to.include(SECRET);
    expect(JSON.parse(box.text).last[0]).to.include({ method: 'careful', outcome: 'failed' });
  });

  it('is told of those first that are odd, where there are too many', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names)
      await system.spawn(Player, { name, placement: name === 'd' ? 'thread' : 'inline' });
    const gate = new Gate();
    system.find(Player, '/d').tell.hold(gate.shared);
    await gate.reached();
    const { actors } = system.metrics();
    const late = actors.map((actor) => ({
      ...actor,
      handling: actor.handling && { ...actor.handling, forMs: 5000 },
    }));
    expect(listed(late, 2).map(({ path }) => path)).to.deep.equal(['/a', '/d']);
    expect(listed(late, 4)).to.equal(late);
    gate.open();
  });

  it('is told everything again when it did not read, rather than that much waits for it', async () => {
    await system.spawn(Player, { name: 'player', placement: 'inline' });
    const shown = new Shown(true);
    const letters = new LetterTray(system, shown);
    const feed = new LiveFeed(system, letters, shown, 10);
    const page = new SlowPage();
    feed.join(page as unknown as ServerResponse);
    await until(() => page.told.length === 3);
    page.writableNeedDrain = true;
    const other = new SlowPage();
    feed.join(other as unknown as ServerResponse);
    await until(() => other.told.length === 3);
    expect(page.told).to.have.lengthOf(3);
    page.writableNeedDrain = false;
    await until(() => page.told.length === 5);
    expect(page.told.map(({ isAll = false }) => isAll)).to.deep.equal([true, false, false, true, false]);
    expect(page.told[3].actors).to.have.lengthOf(1);
    letters.close();
    feed.close();
  });
});

/** A response whose reader may be slow. */
class SlowPage extends EventEmitter {
  writableNeedDrain = false;
  readonly told: Told[] = [];
  write(text: string): void {
    this.told.push(JSON.parse(text.slice('data: '.length)));
  }
  end(): void {}
}
