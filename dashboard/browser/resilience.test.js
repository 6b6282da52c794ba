// A slow network, a server that fails, a session that ends, two tabs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../tests/interop/support/carcosa.js';
import { dashboard, heading, openWindow, settled, signIn } from './support/browser.js';
import { everything, pagesOf } from './support/seed.js';

const world = dashboard({ seed: everything });
const list = '/p/cardvault/tenants';

test('with 300 ms on every request pages say that they load, then show', async (t) => {
  const page = await openWindow(t, world);
  await page.route('**/v1/**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.goto(list, { waitUntil: 'commit' });
  await page.getByRole('status', { name: 'Loading…' }).first().waitFor();
  await page.getByRole('link', { name: 'Acme' }).waitFor();
  await settled(page);
});

test('a server that fails leaves no page blank, and is asked again when told to', async (t) => {
  const page = await openWindow(t, world, { expected: [503] });
  await page.goto(list);
  await settled(page);
  const problem = { type: 'about:blank', title: 'Overloaded', status: 503, code: 'overloaded', detail: 'Too many requests are being worked on.', request_id: 'abc' };
  const fail = (route) =>
    route.request().url().includes('/v1/session') || route.request().url().includes('/v1/access/self') || /\/v1\/projects/.test(route.request().url())
      ? route.continue()
      : route.fulfill({ status: 503, contentType: 'application/problem+json', headers: { 'retry-after': '0' }, body: JSON.stringify(problem) });
  await page.route('**/v1/**', fail);
  for (const path of pagesOf(world.made)) {
    await page.goto(path);
    await settled(page);
    const text = await page.locator('main').innerText();
    assert.ok(text.trim().length > 20, `${path} is blank: ${text}`);
  }
  await page.goto(list);
  const again = page.getByRole('button', { name: 'Try again' }).first();
  await again.waitFor({ timeout: 15_000 });
  await page.unroute('**/v1/**', fail);
  await again.click();
  await page.getByRole('link', { name: 'Acme' }).waitFor();
});

test('a form keeps what was typed when the server cannot be reached, and sends it once', async (t) => {
  const page = await openWindow(t, world, { expected: ['network'] });
  await page.goto(`${list}?new=1`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Typed once');
  const keys = [];
  await page.route('**/v1/tenants', (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    keys.push(route.request().headers()['idempotency-key']);
    return route.abort('connectionreset');
  });
  await dialog.getByRole('button', { name: /create/i }).click();
  await dialog.getByText('The server cannot be reached').waitFor({ timeout: 20_000 });
  assert.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Typed once');
  await page.unroute('**/v1/tenants');
  const sent = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/v1/tenants'));
  await dialog.getByRole('button', { name: /create/i }).click();
  assert.equal((await sent).headers()['idempotency-key'], keys[0], 'another try is the same request');
  await heading(page, 'Typed once').waitFor();
  assert.equal(new Set(keys).size, 1);
});

test('a session that ends lets one sign in over the page, and goes on with what was typed', async (t) => {
  const page = await openWindow(t, world, { expected: [401] });
  await page.goto(`${list}?new=1`);
  const dialog = page.getByRole('dialog').filter({ hasText: 'Name' }).first();
  await dialog.getByLabel('Name', { exact: true }).fill('Survivor');
  await page.context().clearCookies();
  await dialog.getByRole('button', { name: /create/i }).click();
  const again = page.getByRole('dialog', { name: 'Your session has ended' });
  await again.waitFor();
  await again.getByLabel('Password').fill(world.server.operator.password);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.waitFor({ state: 'detached' });
  assert.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Survivor');
  await dialog.getByRole('button', { name: /create/i }).click();
  await heading(page, 'Survivor').waitFor();
});

test('two tabs in two projects keep to their own', async (t) => {
  const one = await openWindow(t, world, { expected: [404] });
  const session = await signIn(one.context(), world.server);
  const headers = { 'x-csrf-token': session.csrf_token };
  const made = await one.context().request.post('/v1/projects', { headers, data: { name: 'Second', environment: 'test' } });
  assert.equal(made.status(), 201, await made.text());
  const second = await made.json();
  const two = await one.context().newPage();
  const asked = { one: new Set(), two: new Set() };
  for (const [name, page] of Object.entries({ one, two })) {
    page.on('request', (request) => {
      const project = request.headers()['x-carcosa-project'];
      if (project) asked[name].add(project);
    });
  }
  await one.goto(list);
  await settled(one);
  await two.goto(`/p/${second.slug}/tenants?new=1`);
  await two.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Only in the second');
  await two.getByRole('dialog').getByRole('button', { name: /create/i }).click();
  await heading(two, 'Only in the second').waitFor();
  await one.goto(`${list}?q=only`);
  await settled(one);
  assert.equal(await one.getByText('Only in the second').count(), 0);
  assert.equal(await two.getByText('Acme').count(), 0);
  // What is addressed in the wrong project is not there.
  const foreign = two.url().replace(`/p/${second.slug}/`, '/p/cardvault/');
  await one.goto(foreign);
  await one.getByText('No such tenant').waitFor();
  // By its slug, until the id is known.
  assert.deepEqual([...asked.one], ['cardvault', world.server.project.id]);
  assert.deepEqual([...asked.two], [second.slug, second.id]);
});

test('a first view waits for no answer before it asks for the rest, and asks once', async (t) => {
  const page = await openWindow(t, world);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  await page.route('**/v1/session', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/p/cardvault/tenants', { waitUntil: 'commit' });
  const early = ['/v1/session', '/v1/projects', '/v1/access/self'];
  await until('everything to be asked for', 10_000, () => early.every((path) => asked.includes(path)) && asked.some((path) => /\/list-[\w-]+\.js$/.test(path)));
  answer();
  await settled(page);
  await page.getByRole('link', { name: 'Acme' }).waitFor();
  assert.deepEqual(early.map((path) => asked.filter((one) => one === path).length), [1, 1, 1], asked.join('\n'));
});

test('addresses that no project can have lead to a page that says so', async (t) => {
  const page = await openWindow(t, world, { expected: [400, 404] });
  for (const path of ['/p/nobodys', '/p/%E6%97%A5%E6%9C%AC/keys', '/p/a%20b', '/p/%E0%A4%A', '/p/..%2f..%2fv1']) {
    await page.goto(path);
    await page.getByText(/^(No such project|This page does not exist|There is no such page)/).first().waitFor();
  }
});

test('code that an upgrade took away is said to be missing, and a new visit has it', async (t) => {
  const page = await openWindow(t, world, { expected: [404, 'code'] });
  const gone = (route) => route.fulfill({ status: 404, body: '' });
  await page.route('**/assets/palette-*.js', gone);
  await page.goto('/p/cardvault/tenants');
  await settled(page);
  await page.keyboard.press('Control+k');
  await page.getByText('There is a new version of it').waitFor();
  await page.unroute('**/assets/palette-*.js', gone);
  await page.getByRole('button', { name: 'Try again' }).click();
  await heading(page, 'Tenants').waitFor();
  await settled(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
});
