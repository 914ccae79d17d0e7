/** What a dashboard promises whoever serves it: its options, its address, its end. */
import { createServer } from 'node:net';
import { expect } from 'chai';
import { type Dashboard, type DashboardOptions, serveDashboard } from '../../core/dashboard/index.js';
import {
  type ActorSystem,
  DashboardAddressError,
  DashboardTokenMissingError,
  OptionOutOfRangeError,
  SystemStoppedError,
  WrongArgumentError,
} from '../../core/index.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { ask, Visit } from './support/visitor.js';

const TOKEN = 'not-to-be-guessed-1';

describe('serveDashboard', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    ({ system } = await quietSystem());
  });
  afterEach(() => system.shutdown({ drain: false }));

  it('serves on this machine, at any free port', async () => {
    const { url, close } = await serveDashboard(system);
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect((await ask(url)).status).to.equal(200);
    await close();
    expect(await rejection(ask(url))).to.include({ code: 'ECONNREFUSED' });
  });

  const wrong: [keyof DashboardOptions, unknown, string][] = [
    ['port', -1, '0 to 65535'],
    ['port', 65_536, '0 to 65535'],
    ['port', 1.5, '0 to 65535'],
    ['port', '80', '0 to 65535'],
    ['host', '', 'IP address'],
    ['host', 'no host', 'IP address'],
    ['host', 7, 'IP address'],
    ['token', 'short', '16 to 256'],
    ['token', 'with spaces and the like', '16 to 256'],
    ['token', 'x'.repeat(257), '16 to 256'],
    ['token', 123, '16 to 256'],
    ['payloads', 'no', 'true or false'],
  ];
  for (const [option, value, range] of wrong) {
    it(`refuses ${option}: ${JSON.stringify(value).slice(0, 40)}, and says what it may be`, async () => {
      const error = await rejection(serveDashboard(system, { [option]: value }));
      expect(error).to.be.instanceOf(OptionOutOfRangeError);
      expect(error.message).to.include(option).and.include(range);
      // It would stand in logs.
      if (option === 'token' && typeof value === 'string') expect(error.message).not.to.include(value);
    });
  }

  it('refuses what is no system, and what are no options', async () => {
    for (const args of [[{}], [undefined], [system, null], [system, 4700]]) {
      const error = await rejection(serveDashboard(...(args as Parameters<typeof serveDashboard>)));
      expect(error).to.be.instanceOf(WrongArgumentError);
    }
  });

  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org', '127.0.0.1.example.org']) {
    it(`demands a token for ${host}, before it listens`, async () => {
      const error = await rejection(serveDashboard(system, { host }));
      expect(error).to.be.instanceOf(DashboardTokenMissingError);
      expect(error.message).to.include(host);
    });
  }

  it('serves other hosts with a token, whatever name they are asked by', async () => {
    const { url } = await serveDashboard(system, { host: '0.0.0.0', token: TOKEN });
    const { port } = new URL(url);
    const headers = { host: 'build-server.example:80', authorization: `Bearer ${TOKEN}` };
    expect((await ask(`http://127.0.0.1:${port}/`, { headers })).status).to.equal(200);
  });

  it('says so when its port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const error = await rejection(serveDashboard(system, { port }));
    expect(error).to.be.instanceOf(DashboardAddressError);
    expect(error.message).to.include(`port ${port} is in use`);
    expect(error.cause).to.include({ code: 'EADDRINUSE' });
    other.close();
  });

  it('says so when the host is no address of this machine', async () => {
    const error = await rejection(serveDashboard(system, { host: '192.0.2.1', token: TOKEN }));
    expect(error).to.be.instanceOf(DashboardAddressError);
    expect(error.message).to.include('192.0.2.1').and.include('no address of this machine');
  });

  it('ends with the system: open pages are told, and nobody is answered any more', async () => {
    const { url, close } = await serveDashboard(system);
    const visit = await Visit.begin(url);
    await visit.hear(({ isAll }) => isAll === true);
    await system.shutdown();
    await visit.end();
    expect(visit.hasEnded).to.equal(true);
    await close();
    expect(await rejection(ask(url))).to.include({ code: 'ECONNREFUSED' });
    expect(await rejection(serveDashboard(system))).to.be.instanceOf(SystemStoppedError);
  });

  it('ends when it is closed or disposed of, also twice, and the system goes on', async () => {
    let dashboard: Dashboard;
    {
      await using disposed = await serveDashboard(system);
      dashboard = disposed;
    }
    await Promise.all([dashboard.close(), dashboard.close()]);
    expect(await rejection(ask(dashboard.url))).to.include({ code: 'ECONNREFUSED' });
    expect(system.health().state).to.equal('running');
  });

  it('observes the flow while a page is open, and only then', async () => {
    let observers = 0;
    const { flow$ } = system;
    const { Observable } = await import('rxjs');
    const counted = new Observable((subscriber) => {
      observers++;
      const subscription = flow$.subscribe(subscriber as never);
      return () => {
        observers--;
        subscription.unsubscribe();
      };
    });
    Object.defineProperty(system, 'flow$', { value: counted });
    const { url, close } = await serveDashboard(system);
    expect(observers).to.equal(0);
    const visits = [await Visit.begin(url), await Visit.begin(url)];
    for (const visit of visits) await visit.hear(() => true);
    expect(observers).to.equal(1);
    for (const visit of visits) visit.leave();
    await until(() => observers === 0);
    const again = await Visit.begin(url);
    await again.hear(() => true);
    expect(observers).to.equal(1);
    await close();
    expect(observers).to.equal(0);
  });
});
