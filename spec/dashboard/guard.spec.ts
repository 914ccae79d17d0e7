/** Who is answered, and who is not. */
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { type Dashboard, serveDashboard } from '../../core/dashboard/index.js';
import type { ActorSystem } from '../../core/index.js';
import { quietSystem } from '../support/quiet-system.js';
import { ask, post, Visit } from './support/visitor.js';

const TOKEN = 'not-to-be-guessed-1';
const PAGE = new URL('../../../core/dashboard/page/', import.meta.url);

describe('the dashboard answers', () => {
  let system: ActorSystem;
  let open: Dashboard;
  let locked: Dashboard;
  before(async () => {
    ({ system } = await quietSystem());
    [open, locked] = await Promise.all([serveDashboard(system), serveDashboard(system, { token: TOKEN })]);
  });
  after(() => system.shutdown({ drain: false }));

  it('with a page of files that all exist, and nothing inline', async () => {
    const { text, headers } = await ask(open.url);
    expect(headers['content-type']).to.equal('text/html; charset=utf-8');
    expect(text).not.to.match(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i);
    const seen = new Set([...text.matchAll(/(?:href|src)="([\w.]+)"/g)].map(([, name]) => name));
    for (const name of seen) {
      const file = await ask(new URL(name, open.url).href);
      expect(file.status, name).to.equal(200);
      for (const [, imported] of file.text.matchAll(/^import .*?'\.\/([\w.-]+)'/gms)) seen.add(imported);
    }
    expect([...seen]).to.include.members(['app.js', 'uPlot.esm.js', 'uPlot.min.css', 'store.js']);
    expect((await ask(`${open.url}app.js`)).text).to.equal(await readFile(new URL('app.js', PAGE), 'utf8'));
  });

  it('each with headers that let nothing in from elsewhere', async () => {
    for (const path of ['', 'app.js', 'icon.svg', 'actor?path=/none', 'nothing-here']) {
      const { headers } = await ask(open.url + path);
      const policy = headers['content-security-policy'];
      expect(policy).to.match(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
      expect(policy).to.include("require-trusted-types-for 'script'");
      expect(policy).not.to.match(/unsafe|https?:|\*/);
      expect(headers).to.include({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    }
    const visit = await Visit.begin(open.url);
    expect(visit.response.headers).to.include({ 'x-content-type-options': 'nosniff' });
    visit.leave();
  });

  it('no name but those of this machine: a page that was rebound to it is refused', async () => {
    const { port } = new URL(open.url);
    const of = async (host: string) => (await ask(open.url, { headers: { host } })).status;
    for (const host of [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      'localhost',
      `[::1]:${port}`,
      '127.0.0.1:9999',
    ]) {
      expect(await of(host), host).to.equal(200);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      '0.0.0.0',
      '@',
    ]) {
      expect(await of(host), host).to.equal(403);
    }
  });

  it('no other method, and nothing that would change by GET', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await ask(`${open.url}replay`, { method })).status).to.equal(405);
    }
    expect((await ask(`${open.url}replay`)).status).to.equal(404);
    expect((await ask(open.url, { method: 'HEAD' })).text).to.equal('');
  });

  it('no post but from its own origin', async () => {
    const url = `${open.url}replay`;
    const { port } = new URL(url);
    const body = '{"ids":[]}';
    for (const origin of [
      undefined,
      'null',
      'http://evil.example',
      `http://localhost:${port}`,
      'http://127.0.0.1:1',
    ]) {
      const answer = await ask(url, {
        method: 'POST',
        headers: origin === undefined ? {} : { origin },
        body,
      });
      expect(answer.status, origin).to.equal(403);
    }
    const { status, text } = await post(url, { ids: [] });
    expect([status, JSON.parse(text)]).to.deep.equal([200, { replayed: 0, failed: [] }]);
    expect((await post(`${open.url}events`, {})).status).to.equal(404);
  });

  it('no script of another site, though its browser asks from here', async () => {
    const from = async (path: string, site: string) =>
      (await ask(open.url + path, { headers: { 'sec-fetch-site': site } })).status;
    for (const site of ['cross-site', 'same-site']) {
      expect(await from('actor?path=/x', site)).to.equal(403);
      expect(await from('events', site)).to.equal(403);
      // Where links lead.
      expect(await from('', site)).to.equal(200);
    }
    expect(await from('app.js', 'same-origin')).to.equal(200);
  });

  it('no post that is too long, or says nothing', async () => {
    const url = `${open.url}replay`;
    const { origin } = new URL(url);
    const of = async (body: string) => (await ask(url, { method: 'POST', headers: { origin }, body })).status;
    for (const body of ['', 'null', '{}', '{"ids":1}', '{"ids":["1"]}', '{"ids":[1.5]}', '[']) {
      expect(await of(body), body).to.equal(400);
    }
    expect(await of('x'.repeat(70_000))).to.equal(413);
  });

  it('nobody who does not know the token, if there is one', async () => {
    const { url } = locked;
    for (const path of [
      '',
      'app.js',
      'events',
      'actor?path=/x',
      `actor?path=/x&token=${TOKEN}`,
      'nothing',
      '?token=',
      '?token=wrong',
    ]) {
      const { status, headers, text } = await ask(url + path);
      expect(status, path).to.equal(401);
      expect(headers['www-authenticate']).to.equal('Bearer');
      expect(headers['set-cookie']).to.equal(undefined);
      expect(text).not.to.include(TOKEN);
    }
    expect((await post(`${url}replay?token=${TOKEN}`, { ids: [] })).status).to.equal(401);
    for (const authorization of ['Bearer', 'Bearer wrong', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, TOKEN]) {
      expect((await ask(url, { headers: { authorization } })).status, authorization).to.equal(401);
    }
  });

  it('whoever sends the token as a bearer', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await ask(locked.url, { headers })).status).to.equal(200);
    expect((await post(`${locked.url}replay`, { ids: [] }, headers)).status).to.equal(200);
    // It may post, but not for another page.
    const { status } = await post(
      `${locked.url}replay`,
      { ids: [] },
      { ...headers, origin: 'http://evil.example' },
    );
    expect(status).to.equal(403);
  });

  it('whoever came with the token once, by a cookie that is not the token, and no page can read', async () => {
    const { url } = locked;
    const { status, headers } = await ask(`${url}?token=${TOKEN}`);
    expect(status).to.equal(200);
    const [set] = headers['set-cookie'] ?? [];
    expect(set).to.match(/^troupe-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(set).not.to.include(TOKEN);
    const [cookie] = set.split(';');
    expect(
      (await ask(`${url}app.js`, { headers: { cookie: `other=1; ${cookie}; last=2` } })).status,
    ).to.equal(200);
    const visit = await Visit.begin(url, { cookie });
    await visit.hear(({ isAll }) => isAll === true);
    visit.leave();
    for (const bad of [
      cookie.slice(0, -1),
      cookie.replace('troupe', 'other'),
      `${cookie.split('=')[0]}=${TOKEN}`,
    ]) {
      expect((await ask(url, { headers: { cookie: bad } })).status, bad).to.equal(401);
    }
  });
});
