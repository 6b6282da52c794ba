// The page that is opened every morning, and the installation's health: figures that are right, and what needs someone, with the way there.

import assert from 'node:assert/strict';
import test from 'node:test';
import { freeUrl, until } from '../../tests/interop/support/carcosa.js';
import { dashboard, fits, heading, openWindow, settled, signIn } from './support/browser.js';

const world = dashboard({ settings: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
const DAY = 86_400_000;
const ALL = ['tenant:*', 'key:*', 'webhook:*', 'sync:*', 'audit:read', 'member:*'];

let projects = 0;

// A window, and a project of its own in which what other tests make is not seen.
async function fresh(t, { key = true, expected = [] } = {}) {
  const page = await openWindow(t, world, { expected });
  const session = await signIn(page.context(), world.server);
  const operator = async (method, path, data, project) => {
    const headers = { 'x-csrf-token': session.csrf_token, ...(project ? { 'x-carcosa-project': project } : {}) };
    const answer = await page.context().request.fetch(path, { method, headers, ...(data ? { data } : {}) });
    assert.ok(answer.ok(), `${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  projects += 1;
  const project = await operator('POST', '/v1/projects', { name: `Morning ${projects}` });
  const secret = key ? (await operator('POST', '/v1/keys', { name: 'Application', scopes: ALL }, project.id)).secret : undefined;
  const call = (method, path, body, status = method === 'POST' ? 201 : 200, bearer = secret) => world.server.call(method, path, body, status, bearer);
  return { page, project, path: `/p/${project.slug}`, call, operator: (method, path, data) => operator(method, path, data, project.id) };
}

async function open({ page, path }, query = '') {
  await page.goto(path + query);
  await heading(page, 'Overview').waitFor();
  await settled(page);
}

const card = (page, name) => page.getByRole('region', { name });
const attention = (page) => card(page, 'Needs attention');
const tenant = (call, name, more = {}) => call('POST', '/v1/tenants', { name, ...more });
const figure = (page, label) => page.getByRole('main').getByRole('link', { name: new RegExp(`^${label}`) });

// The rows of a chart's numbers, as screen readers have them.
const numbersOf = async (page, label) => {
  const rows = await page.getByRole('table', { name: new RegExp(`^${label}`) }).getByRole('row').all();
  return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
};

test('figures, shares and charts say what the API says', async (t) => {
  const own = await fresh(t);
  const { page, call } = own;
  await tenant(call, 'One', { plan: 'pro' });
  await tenant(call, 'Two', { plan: 'pro', kind: 'individual' });
  const paused = await tenant(call, 'Three', { plan: 'free' });
  await call('POST', `/v1/tenants/${paused.id}/suspend`, { reason: 'Invoice' }, 200);
  const gone = await tenant(call, 'Four', { plan: 'free' });
  await call('DELETE', `/v1/tenants/${gone.id}`);
  const checked = await call('POST', '/v1/keys', { name: 'Busy', scopes: ['key:verify'] });
  for (let times = 0; times < 3; times += 1) await call('POST', '/v1/keys/verify', { key: checked.secret }, 200);
  await call('POST', '/v1/keys/verify', { key: 'ck_nothing' }, 200);
  const stats = await call('GET', '/v1/tenants/stats');
  assert.deepEqual([stats.total, stats.by_status.active, stats.by_plan.pro, stats.created.last_7d], [3, 2, 2, stats.created.last_24h]);
  await until('the checks to be counted', 15_000, async () => (await call('GET', '/v1/keys/usage?hours=24')).total.valid === 3);
  await open(own);
  assert.match(await figure(page, 'Tenants').innerText(), new RegExp(`^Tenants\\s+${stats.total}\\s+${stats.created.last_24h} new in 24 hours$`));
  assert.match(await figure(page, 'New in 7 days').innerText(), new RegExp(`^New in 7 days\\s+${stats.created.last_7d}\\s`));
  assert.match(await figure(page, 'Active').first().innerText(), /^Active\s+66\.7%\s+2 of 3$/);
  const { total } = await call('GET', '/v1/keys/usage?hours=24');
  const refused = Object.values(total.refused).reduce((sum, count) => sum + count, 0);
  assert.match(await figure(page, 'Key checks').innerText(), new RegExp(`^Key checks, 24 hours\\s+${total.valid + refused}\\s`));
  // The charts, down to today's numbers.
  const { data } = await call('GET', '/v1/tenants/stats/history?days=30');
  const today = data.at(-1);
  const [head, ...days] = await numbersOf(page, 'Tenants over time');
  assert.deepEqual(head, ['When', 'Active', 'Pending', 'Suspended', 'Archived']);
  assert.equal(days.length, data.length);
  assert.deepEqual(days.at(-1).slice(1), ['active', 'pending', 'suspended', 'archived'].map((status) => String(today.by_status[status] ?? 0)));
  assert.deepEqual(days.at(-1).slice(1), ['2', '0', '1', '0']);
  assert.equal((await numbersOf(page, 'Created per day')).at(-1)[1], String(today.created));
  assert.equal((await numbersOf(page, 'Key checks per hour')).slice(1).reduce((sum, [, valid]) => sum + Number(valid), 0), 3);
  await card(page, 'Key checks per hour').getByRole('link', { name: 'Busy' }).waitFor();
  // Shares lead to what they count, and add up to the total.
  assert.deepEqual((await numbersOf(page, 'By plan')).slice(1), [['pro', '2'], ['free', '1']]);
  await card(page, 'By status').getByRole('link', { name: '1 deleted, and not purged yet' }).waitFor();
  await card(page, 'By status').getByRole('link', { name: 'Suspended' }).click();
  await heading(page, 'Tenants').waitFor();
  await settled(page);
  await page.getByRole('link', { name: 'Three' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'One', exact: true }).count(), 0);
});

test('more days are asked for when they are chosen, and stay in the address', async (t) => {
  const own = await fresh(t);
  await tenant(own.call, 'Only one');
  await open(own);
  const { page } = own;
  await card(page, 'Tenants over time').getByRole('combobox', { name: /^Last/ }).click();
  await page.getByRole('option', { name: '90 days' }).click();
  await page.waitForURL(/days=90/);
  const { data } = await own.call('GET', '/v1/tenants/stats/history?days=90');
  await until('the longer chart', 10_000, async () => (await numbersOf(page, 'Tenants over time')).length === data.length + 1);
  await page.reload();
  await until('the same again', 10_000, async () => (await numbersOf(page, 'Tenants over time')).length === data.length + 1);
});

test('what needs attention is listed, and each line leads to it', { timeout: 90_000 }, async (t) => {
  const own = await fresh(t);
  const { page, call } = own;
  const nowhere = await freeUrl();
  const endpoint = await call('POST', '/v1/webhook-endpoints', { url: `${nowhere}/hooks`, event_types: ['*'] });
  const acme = await tenant(call, 'Unlucky');
  const key = await call('POST', '/v1/keys', { name: 'Soon over', scopes: ['tenant:read'], expires_at: new Date(Date.now() + 5 * DAY).toISOString() });
  await call('POST', '/v1/keys', { name: 'Long to go', scopes: ['tenant:read'], expires_at: new Date(Date.now() + 60 * DAY).toISOString() });
  const copy = await call('POST', '/v1/sync/clients', { name: 'Failing copy' });
  await call('POST', `/v1/sync/clients/${copy.id}/reports`, { kind: 'changes', outcome: 'failed', error: 'disk full' }, 200);
  const weak = await call('POST', '/v1/keys', { name: 'Weak', scopes: ['key:read'] });
  for (let times = 0; times < 3; times += 1) await call('GET', '/v1/tenants', undefined, 403, weak.secret);
  await call('POST', `/v1/tenants/${acme.id}/suspend`, { reason: 'Chargeback' }, 200);
  await until('the endpoint to fail', 20_000, async () => (await call('GET', '/v1/webhook-endpoints?failing=true')).data.length === 1);
  await until('the refusals in the log', 20_000, async () => (await call('GET', '/v1/audit?action=access.denied')).data.length > 0);
  const lines = [
    [`${new URL(nowhere).host} does not take webhooks`, () => page.waitForURL(`**/webhooks/${endpoint.id}`)],
    [/^The key Soon over expires in [45] days$/, () => page.waitForURL(`**/keys/${key.id}`)],
    ['Failing copy fails to sync', () => heading(page, 'Failing copy').waitFor()],
    ['3 requests were refused in 24 hours', () => page.getByRole('row').filter({ hasText: 'Weak was refused · tenant:read · 3 times' }).waitFor()],
    ['1 tenant was suspended in 7 days', () => page.getByRole('row').filter({ hasText: 'suspended Unlucky: Chargeback' }).waitFor()],
  ];
  await open(own);
  await attention(page).getByText('disk full').waitFor();
  assert.equal(await attention(page).getByText('Long to go').count(), 0);
  assert.equal(await attention(page).getByText('All is well').count(), 0);
  assert.equal(await attention(page).getByRole('listitem').count(), lines.length);
  for (const [name, arrived] of lines) {
    await attention(page).getByRole('link', { name }).click();
    await arrived();
    await page.goBack();
    await heading(page, 'Overview').waitFor();
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await settled(page);
  await fits(page, 'the overview with much to do');
  assert.ok((await attention(page).boundingBox()).y < (await card(page, 'Tenants over time').boundingBox()).y, 'what needs someone comes first where there is one column');
});

test('with nothing to do it says so; what happens shows as it happens', async (t) => {
  const own = await fresh(t);
  const { page, call } = own;
  const acme = await tenant(call, 'Quiet');
  await open(own);
  await attention(page).getByText('All is well').waitFor();
  await page.getByRole('button', { name: 'Live', exact: true }).waitFor();
  await call('PATCH', `/v1/tenants/${acme.id}`, { name: 'Quiet no more' });
  await card(page, 'Latest activity').getByRole('listitem').filter({ hasText: 'Application changed Quiet no more' }).waitFor();
  await tenant(call, 'Another');
  await page.getByRole('main').getByRole('link', { name: /^Tenants\s*2/ }).waitFor();
  await call('POST', `/v1/tenants/${acme.id}/suspend`, {}, 200);
  await attention(page).getByRole('link', { name: '1 tenant was suspended in 7 days' }).waitFor();
  assert.equal(await attention(page).getByText('All is well').count(), 0);
});

test('a new project shows its first steps, and ticks them off', { timeout: 60_000 }, async (t) => {
  const own = await fresh(t, { key: false });
  const { page, operator } = own;
  await open(own);
  const steps = card(page, 'First steps');
  const step = (number) => steps.getByRole('img', { name: `Step ${number}` });
  for (const number of [1, 2, 3]) await step(number).waitFor();
  assert.equal(await figure(page, 'New in 7 days').count(), 0, 'nothing to count yet');
  await steps.getByRole('link', { name: 'Create a tenant' }).click();
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('The first');
  await page.getByRole('dialog').getByRole('button', { name: /create/i }).click();
  await heading(page, 'The first').waitFor();
  await page.getByRole('link', { name: 'Overview' }).first().click();
  await heading(page, 'Overview').waitFor();
  await step(2).waitFor();
  await step(1).waitFor({ state: 'detached' });
  const { secret } = await operator('POST', '/v1/keys', { name: 'First key', scopes: ['tenant:read'] });
  await step(2).waitFor({ state: 'detached' });
  assert.equal(await steps.getByRole('img', { name: 'Done' }).count(), 2);
  await steps.getByText('curl').waitFor();
  await world.server.call('GET', '/v1/tenants', undefined, 200, secret);
  await steps.waitFor({ state: 'detached', timeout: 30_000 });
  await figure(page, 'New in 7 days').waitFor();
});

test('a card that cannot be loaded leaves the others', async (t) => {
  const own = await fresh(t, { expected: [503] });
  const { page, call } = own;
  await tenant(call, 'Still there');
  const problem = { type: 'about:blank', title: 'Overloaded', status: 503, code: 'overloaded', detail: 'Too many requests are being worked on.', request_id: 'abc' };
  const fail = (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) });
  await page.route(/\/v1\/tenants\/stats$/, fail);
  await page.route('**/v1/webhook-endpoints?*', fail);
  await page.goto(own.path);
  await card(page, 'By plan').getByText('This could not be loaded').waitFor({ timeout: 20_000 });
  await attention(page).getByText('Webhooks could not be checked. Too many requests are being worked on.').waitFor({ timeout: 20_000 });
  assert.equal(await attention(page).getByText('All is well').count(), 0, 'what is not known is not well');
  await card(page, 'Latest activity').getByText('created Still there').waitFor();
  assert.equal((await numbersOf(page, 'Tenants over time')).at(-1)[1], '1');
  await page.unrouteAll();
  await attention(page).getByRole('button', { name: 'Try again' }).click();
  await attention(page).getByText('All is well').waitFor();
  await card(page, 'By plan').getByRole('button', { name: 'Try again' }).click();
  await figure(page, 'Tenants').getByText('1', { exact: true }).waitFor();
});

test('health: every part of the installation is shown with how it fares', async (t) => {
  const { page, operator } = await fresh(t);
  const { components, version } = await operator('GET', '/v1/installation');
  assert.ok(components.length >= 5);
  await page.goto('/installation/health');
  await heading(page, 'Health').waitFor();
  await page.getByText('All is well', { exact: true }).waitFor();
  const names = { database: 'Database', directory: 'Directory', sequencer: 'Sequencer', jobs: 'Background jobs', webhooks: 'Webhook queue', disk: 'Disk' };
  for (const { name, state } of components) {
    assert.equal(state, 'ok', name);
    assert.ok(names[name], `${name} has no name on the page`);
    await card(page, new RegExp(`^${names[name]}`)).first().getByText('Well', { exact: true }).waitFor();
  }
  await page.getByText(version, { exact: true }).waitFor();
  // With the second reading charts begin.
  await page.getByRole('img', { name: 'What waits' }).waitFor({ timeout: 15_000 });
});

test('health: what fares badly says what to do; a server that stops answering keeps its last state', { timeout: 60_000 }, async (t) => {
  const { page } = await fresh(t, { expected: [503, 'network'] });
  await page.route('**/v1/installation', async (route) => {
    const body = await (await route.fetch()).json();
    const states = { jobs: ['problem', '3 jobs were given up.'], disk: ['warning', '0.9 GB free where the database is.'] };
    const components = body.components.map((one) => (states[one.name] ? { ...one, state: states[one.name][0], detail: states[one.name][1] } : one));
    await route.fulfill({ json: { ...body, components } });
  });
  await page.route('**/health/ready', (route) => route.fulfill({ status: 503, json: { status: 'unavailable' } }));
  await page.goto('/installation/health');
  await page.getByText('something does not work').waitFor({ timeout: 20_000 });
  await page.getByText(/This node says that it cannot serve requests now/).waitFor();
  const jobs = card(page, /^Background jobs/);
  await jobs.getByText('Not working', { exact: true }).waitFor();
  await jobs.getByText('3 jobs were given up.').waitFor();
  await jobs.getByText(/`last_error` in the table `jobs` says why/).waitFor();
  await card(page, /^Disk/).getByText('Make room before it is full: then nothing can be changed any more.').waitFor();
  await card(page, /^Database/).first().getByText('Well', { exact: true }).waitFor();
  await page.unrouteAll();
  await page.route('**/v1/installation', (route) => route.abort('connectionrefused'));
  await page.getByText(/The server has stopped answering/).waitFor({ timeout: 30_000 });
  await page.getByText('no answer', { exact: true }).waitFor();
  await jobs.waitFor();
  await page.unrouteAll();
  await page.getByText('All is well', { exact: true }).waitFor({ timeout: 20_000 });
  await page.getByText(/The server has stopped answering/).waitFor({ state: 'detached' });
});
