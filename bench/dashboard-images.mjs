/**
 * The pictures of the dashboard in docs/images/: a small shop, a while after its opening.
 *
 *   npm run build && node bench/dashboard-images.mjs
 *
 * Needs a Chromium: /usr/bin/chromium, or the one that CHROMIUM_PATH names.
 */

import { serveDashboard } from '../dist/core/dashboard/index.js';
import { Actor, ActorSystem, child, isActorThread } from '../dist/core/index.js';

const SECONDS = 25;

/** Orders come in waves. */
export class Orders extends Actor {
  static module = import.meta.url;
  #number = 0;
  onStart() {
    this.context.schedule.every(40, () => {
      const wave = 4 + 3 * Math.sin(Date.now() / 2500);
      for (let n = 0; n < wave * Math.random() * 2; n++) {
        this.props.pricing.tell.price({ order: ++this.#number, customer: 'Ada' }, this.props.stock);
      }
    });
  }
}

export class Pricing extends Actor {
  static module = import.meta.url;
  price({ order, customer }, stock) {
    const end = performance.now() + 1 + Math.random() * 3;
    while (performance.now() < end);
    if (order % 401 === 0) throw new RangeError(`no price for order ${order}`);
    stock.tell.reserve({ order, customer, net: 1995 + (order % 70) });
  }
}

export class Stock extends Actor {
  static module = import.meta.url;
  reserve(item) {
    if (item.order % 3 === 0) this.props.mailer.tell.confirm(item.customer, item.order);
    if (item.order % 20 === 0) this.props.audit.tell.note(item);
  }
}

export class Mailer extends Actor {
  static module = import.meta.url;
  async confirm(customer, order) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (order % 90 === 0) throw new Error(`the mail server refuses ${customer}`);
  }
}

export class Audit extends Actor {
  static module = import.meta.url;
  note() {}
}

export class Exporter extends Actor {
  static module = import.meta.url;
  /** Meant to end. */
  render() {
    for (;;);
  }
}

async function openShop(system) {
  const exporter = await system.spawn(Exporter, { name: 'exporter' });
  const often = { maxRestarts: Number.POSITIVE_INFINITY };
  const { refs } = await system.supervise({
    name: 'back-office',
    children: [
      child(Mailer, { name: 'mailer', supervision: often }),
      child(Audit, { name: 'audit', placement: 'shared' }),
    ],
  });
  const [mailer, audit] = refs;
  const stock = await system.spawn(Stock, { name: 'stock', placement: 'shared', props: { mailer, audit } });
  const pricing = await system.pool(Pricing, { name: 'pricing', size: 2, supervision: often });
  await system.spawn(Orders, { name: 'web-orders', props: { pricing, stock } });
  await system.spawn(Orders, { name: 'phone-orders', placement: 'shared', props: { pricing, stock } });
  setTimeout(
    () => {
      for (let n = 0; n < 3; n++) exporter.tell.render();
    },
    0.5 * SECONDS * 1000,
  );
}

const PICTURES = [
  { name: 'dashboard-light', colorScheme: 'light', hash: '', width: 1290, height: 690 },
  { name: 'dashboard-dark', colorScheme: 'dark', hash: '', width: 1290, height: 690 },
  {
    name: 'dashboard-actor',
    colorScheme: 'dark',
    hash: 'actor/back-office/mailer',
    width: 1300,
    height: 760,
  },
  { name: 'dashboard-messages', colorScheme: 'light', hash: 'messages', width: 1290, height: 600 },
  { name: 'dashboard-letters', colorScheme: 'light', hash: 'letters', width: 1290, height: 560 },
];

if (!isActorThread) {
  const folder = new URL('../docs/images/', import.meta.url);
  await ActorSystem.run({ name: 'shop', threads: 2, logger: () => {} }, async (system) => {
    const { url } = await serveDashboard(system);
    const { chromium } = await import('playwright-core');
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
    const pages = [];
    for (const { name, colorScheme, hash, width, height } of PICTURES) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height } });
      await page.goto(`${url}#/${hash}`);
      pages.push({ page, path: new URL(`${name}.png`, folder).pathname });
    }
    await openShop(system);
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
    for (const { page, path } of pages) {
      await page.bringToFront();
      await page.waitForTimeout(600);
      await page.screenshot({ path });
    }
    await browser.close();
    await system.shutdown({ drain: false, timeoutMs: 2000 });
  });
}
