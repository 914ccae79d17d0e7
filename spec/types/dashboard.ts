/** The dashboard, as users type it. */
import type { ActorSystem } from 'troupe';
import { type Dashboard, type DashboardOptions, serveDashboard } from 'troupe/dashboard';

declare const system: ActorSystem;

const options: DashboardOptions = {
  port: 4700,
  host: '0.0.0.0',
  token: 'sixteen-letters-or-more',
  payloads: false,
};
const dashboard: Dashboard = await serveDashboard(system, options);
const address: string = dashboard.url;
await dashboard.close();
await dashboard[Symbol.asyncDispose]();
// @ts-expect-error it listens at a port, not at a pipe
await serveDashboard(system, { port: '/tmp/pipe' });
// @ts-expect-error its address does not change
dashboard.url = 'http://elsewhere/';
// @ts-expect-error whose?
await serveDashboard();

const [{ handling, kind, placement, thread }] = system.metrics().actors;
const isStuck: boolean | undefined = handling?.occupiesThread;
const isPool: boolean = kind === 'pool';
const where: ['thread' | 'shared' | 'inline' | undefined, number | undefined] = [placement, thread];

export { address, isPool, isStuck, where };
