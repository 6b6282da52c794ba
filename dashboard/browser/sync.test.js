// Copies that others keep: registered, watched by what they report, changed, removed.

import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../tests/interop/support/carcosa.js';
import { dashboard, heading, openWindow, settled } from './support/browser.js';

const world = dashboard();
const LIST = '/p/cardvault/sync';
// The page asks every five seconds: reports are no events.
const SOON = { timeout: 15_000 };

const call = (...args) => world.server.call(...args);
const register = (name, more = {}) => call('POST', '/v1/sync/clients', { name, ...more }, 201);
const read = (client) => call('GET', `/v1/sync/clients/${client.id}`, undefined, 200);
const patch = (client, body) => call('PATCH', `/v1/sync/clients/${client.id}`, body, 200);
const report = (client, body) => call('POST', `/v1/sync/clients/${client.id}/reports`, body, 200);

const status = (page, word) => page.getByRole('main').getByText(word, { exact: true }).first();
const reports = (page) => page.getByRole('table', { name: 'Reports' });

async function open(page, client) {
  await page.goto(`${LIST}/${client.id}`);
  await heading(page, client.name).waitFor();
  await settled(page);
}

async function act(page, item) {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

test('a copy is registered; what is wrong is said at its field', async (t) => {
  const page = await openWindow(t, world, { expected: [400, 422] });
  await page.goto(LIST);
  await settled(page);
  await page.locator('[data-create]').first().click();
  const dialog = page.getByRole('dialog', { name: 'Register a copy' });
  await dialog.getByLabel('Description').fill('For searching');
  for (const type of ['Tenants', 'Users', 'Roles', 'Organizations', 'Memberships']) await dialog.getByRole('checkbox', { name: type }).click();
  await dialog.getByRole('button', { name: 'Register' }).click();
  await dialog.getByText('Choose at least one.').waitFor();
  await dialog.getByRole('checkbox', { name: 'Users' }).click();
  await dialog.getByRole('checkbox', { name: 'Tenants' }).click();
  await dialog.getByRole('button', { name: 'Register' }).click();
  const name = dialog.getByLabel('Name', { exact: true });
  await dialog.locator('[aria-invalid="true"]').waitFor();
  assert.equal(await name.getAttribute('aria-invalid'), 'true', 'the server wants a name');
  assert.equal(await dialog.getByLabel('Description').inputValue(), 'For searching');
  await name.fill('Search index');
  await dialog.getByRole('combobox', { name: /Silent after/ }).click();
  await page.getByRole('option', { name: '1 hour' }).click();
  await dialog.getByRole('button', { name: 'Register' }).click();
  await heading(page, 'Search index').waitFor();
  await status(page, 'Waiting').waitFor();
  await page.getByText('It is registered, and has not reported yet.').waitFor();
  await page.getByText('No reports yet').waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const made = await read({ id });
  assert.deepEqual([made.name, made.description, made.types.sort(), made.silent_after_seconds], ['Search index', 'For searching', ['tenant', 'user'], 3600]);
  await page.goBack();
  await page.getByRole('table', { name: 'Sync clients' }).getByRole('link', { name: 'Search index' }).waitFor();
});

test('its page follows what it reports, without a reload', { timeout: 90_000 }, async (t) => {
  const client = await register('Warehouse');
  const page = await openWindow(t, world);
  await open(page, client);
  await report(client, { kind: 'snapshot', outcome: 'running', objects: 30, total: 120 });
  await page.getByRole('region', { name: 'Snapshot running' }).getByText('30 of 120 objects').waitFor(SOON);
  await status(page, 'Running').waitFor();
  const copied = await call('POST', '/v1/tenants', { name: 'Something to copy' }, 201);
  const { page: at } = await until('the change', 10_000, async () => {
    const changes = await call('GET', `/v1/sync/changes?last_synced=${client.created_at}&limit=1000`, undefined, 200);
    return JSON.stringify(changes).includes(copied.id) && changes;
  });
  await report(client, { kind: 'snapshot', outcome: 'succeeded', objects: 120, duration_ms: 340, cursor: at.after });
  await status(page, 'Current').waitFor(SOON);
  await page.getByText('it has everything', { exact: true }).waitFor();
  await page.getByText('1 succeeded, 0 failed').waitFor();
  await page.getByRole('region', { name: 'Snapshot running' }).waitFor({ state: 'detached' });
  await report(client, { kind: 'compare', outcome: 'succeeded', objects: 120, differences: 3, duration_ms: 90 });
  await page.getByText('3 rows').waitFor(SOON);
  await report(client, { kind: 'changes', outcome: 'failed', error: 'connection refused by db-7' });
  await page.getByRole('alert').getByText('connection refused by db-7').waitFor(SOON);
  await status(page, 'Failing').waitFor();
  await page.getByText('2 succeeded, 1 failed').waitFor();
  await page.getByText('66.7%').waitFor();
  // The list says the same, and the table of reports all of it.
  await page.reload();
  await reports(page).getByRole('row').filter({ hasText: 'Comparison' }).waitFor();
  assert.equal((await reports(page).getByRole('row').count()) - 1, 3, 'running is no report to keep');
  await page.getByRole('combobox', { name: /^Outcome/ }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await page.waitForURL(/outcome=failed/);
  await reports(page).getByRole('row').filter({ hasText: 'Comparison' }).waitFor({ state: 'detached' });
  await page.goto(LIST);
  const row = page.getByRole('table', { name: 'Sync clients' }).getByRole('row').filter({ hasText: 'Warehouse' });
  for (const text of ['Failing', 'connection refused by db-7', '66.7% of 3']) await row.getByText(text).first().waitFor();
  await report(client, { kind: 'changes', outcome: 'succeeded', objects: 1, cursor: at.after });
  await row.getByText('75% of 4').waitFor(SOON);
});

test('changing it sends what was changed', async (t) => {
  const client = await register('Renamed soon', { description: 'Kept', types: ['tenant', 'role'] });
  const page = await openWindow(t, world);
  await open(page, client);
  await act(page, 'Change');
  const dialog = page.getByRole('dialog', { name: 'Change the copy' });
  await dialog.getByLabel('Name', { exact: true }).fill('Renamed');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Renamed').waitFor();
  await dialog.waitFor({ state: 'detached' });
  const { name, description, types } = await read(client);
  assert.deepEqual([name, description, types.sort()], ['Renamed', 'Kept', ['role', 'tenant']]);
  await page.getByText('changed this sync client').waitFor();
});

test('who changes it while another does is shown both, and loses nothing', async (t) => {
  const client = await register('Contested', { description: 'Before' });
  const page = await openWindow(t, world, { expected: [412] });
  await open(page, client);
  await act(page, 'Change');
  const dialog = page.getByRole('dialog', { name: 'Change the copy' });
  await dialog.getByLabel('Description').fill('Mine');
  await patch(client, { description: 'Theirs' });
  // Whichever comes first: the page has read it anew, or the server refuses.
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText(/Someone else changed this meanwhile/).waitFor(SOON);
  await dialog.getByText('Theirs', { exact: true }).waitFor();
  assert.equal(await dialog.getByLabel('Description').inputValue(), 'Mine');
  assert.equal((await read(client)).description, 'Theirs', 'nothing was written over');
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal((await read(client)).description, 'Mine');
  await page.getByText('Mine', { exact: true }).waitFor();
});

test('removing it asks first, tells what is lost, and is refused when it changed meanwhile', async (t) => {
  const client = await register('Retired');
  await report(client, { kind: 'changes', outcome: 'succeeded', objects: 4 });
  // When it is gone the page may ask once more before it is left.
  const page = await openWindow(t, world, { expected: [412, 404] });
  await open(page, client);
  const stale = await read(client);
  await page.route(`**/v1/sync/clients/${client.id}`, (route) => (route.request().method() === 'GET' ? route.fulfill({ json: stale }) : route.continue()));
  await patch(client, { description: 'Needed after all' });
  await act(page, 'Remove');
  const ask = page.getByRole('alertdialog', { name: 'Remove Retired?' });
  await ask.getByText(/\(1 report in the last 24 hours\)/).waitFor();
  await ask.getByRole('button', { name: 'Remove the registration' }).click();
  await ask.getByText(/Someone else changed this meanwhile/).waitFor();
  assert.equal((await read(client)).name, 'Retired');
  await page.unroute(`**/v1/sync/clients/${client.id}`);
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('Needed after all').waitFor(SOON);
  await act(page, 'Remove');
  await ask.getByRole('button', { name: 'Remove the registration' }).click();
  await page.getByText('Retired is registered no longer.').waitFor();
  await heading(page, 'Sync').waitFor();
  await page.getByRole('link', { name: 'Retired' }).waitFor({ state: 'detached' });
  await call('GET', `/v1/sync/clients/${client.id}`, undefined, 404);
  await call('POST', `/v1/sync/clients/${client.id}/reports`, { kind: 'changes', outcome: 'succeeded' }, 404);
});
