// The log: found by filters that stand in the address, read as it is written, checked, taken out as a file.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { until } from '../../tests/interop/support/carcosa.js';
import { dashboard, heading, openWindow, settled } from './support/browser.js';

const world = dashboard();
const LOG = '/p/cardvault/log';

const call = (...args) => world.server.call(...args);
const tenant = (name, more = {}) => call('POST', '/v1/tenants', { name, ...more }, 201);
const rename = (made, name) => call('PATCH', `/v1/tenants/${made.id}`, { name }, 200);
const suspend = (made, reason) => call('POST', `/v1/tenants/${made.id}/suspend`, { reason }, 200);
const audit = async (query) => (await call('GET', `/v1/audit?${new URLSearchParams({ limit: '100', ...query })}`, undefined, 200)).data;
// The entries once there are so many: they get their place in the order a moment after the change.
const written = (query, count = 1) =>
  until(`${count} entries`, 10_000, async () => {
    const found = await audit(query);
    return found.length >= count && found;
  });

const entries = (page) => page.getByRole('table', { name: 'Entries of the log' });
const rowOf = (page, text) => entries(page).getByRole('row').filter({ hasText: text });
const param = (page, name) => new URL(page.url()).searchParams.get(name);

// How many entries are listed, without the head of the table; the list is short enough to be drawn as a whole.
const listed = async (page) => (await entries(page).getByRole('row').count()) - 1;

async function open(page, query = {}) {
  await page.goto(`${LOG}?${new URLSearchParams(query)}`);
  await heading(page, 'Log').waitFor();
  await settled(page);
}

test('filters in the address say what is listed; each can be taken off', async (t) => {
  const acme = await tenant('Filtered by address');
  await rename(acme, 'Filtered by an address');
  await suspend(acme, 'Invoice overdue');
  await written({ target_id: acme.id }, 3);
  const page = await openWindow(t, world);
  await open(page, { action: 'tenant.suspended,tenant.updated', target: acme.id });
  assert.equal(await listed(page), 2);
  await rowOf(page, 'Bootstrap suspended Filtered by an address: Invoice overdue').waitFor();
  await rowOf(page, 'Bootstrap changed Filtered by an address · name').waitFor();
  await page.getByRole('button', { name: 'Remove the filter tenant.updated' }).click();
  await rowOf(page, 'changed').waitFor({ state: 'detached' });
  assert.equal(param(page, 'action'), 'tenant.suspended');
  assert.equal(await listed(page), 1);
  await page.goBack();
  await rowOf(page, 'changed').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await rowOf(page, 'created the API key Bootstrap').waitFor();
  assert.equal(new URL(page.url()).search, '');
});

test('filters are chosen: actions, who, whose, when', async (t) => {
  const mine = await tenant('Chosen one');
  const other = await tenant('Chosen two');
  await call('POST', `/v1/tenants/${mine.id}/keys`, { name: 'Of the first', scopes: ['tenant:read'] }, 201);
  await call('POST', `/v1/tenants/${other.id}/keys`, { name: 'Of the second', scopes: ['tenant:read'] }, 201);
  await written({ tenant_id: other.id }, 2);
  // The actor that is asked for below is nobody.
  const page = await openWindow(t, world, { expected: [404] });
  await open(page);
  // By action: the whole noun.
  await page.getByRole('button', { name: /^Action/ }).click();
  const choice = page.getByRole('dialog', { name: 'Action' });
  await choice.getByRole('searchbox', { name: 'Find an action' }).fill('key');
  await choice.getByRole('group', { name: 'key', exact: true }).getByRole('checkbox', { name: 'everything' }).click();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => url.searchParams.get('action') === 'key.*');
  await rowOf(page, 'created Chosen one').waitFor({ state: 'detached' });
  await rowOf(page, 'Of the second').waitFor();
  // By tenant.
  await page.getByRole('button', { name: 'More filters' }).click();
  const more = page.getByRole('dialog', { name: 'More filters' });
  await more.getByLabel('Tenant', { exact: true }).fill('Chosen one');
  await page.getByRole('option', { name: /^Chosen one/ }).click();
  await page.waitForURL((url) => url.searchParams.get('tenant') === mine.id);
  await rowOf(page, 'Of the second').waitFor({ state: 'detached' });
  await rowOf(page, 'created the API key Of the first for Chosen one').waitFor();
  assert.equal(await listed(page), 1);
  // By id: taken when it is whole.
  await more.getByLabel('Actor', { exact: true }).fill('opr_01h00000000000000000000000');
  await more.getByLabel('Actor', { exact: true }).press('Enter');
  await page.getByText('No entry fits these filters').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Remove the filter Actor' }).click();
  await rowOf(page, 'Of the first').waitFor();
  // By kind of actor.
  await page.getByRole('combobox', { name: /^By:/ }).click();
  await page.getByRole('option', { name: 'Operator' }).click();
  await page.waitForURL(/kind=operator/);
  await page.getByText('No entry fits these filters').waitFor();
  await page.goBack();
  await rowOf(page, 'Of the first').waitFor();
});

test('times bound what is listed, to the moment', async (t) => {
  const early = await tenant('Before the cut');
  const [before] = await written({ target_id: early.id });
  const late = await tenant('After the cut');
  const [after] = await written({ target_id: late.id });
  const page = await openWindow(t, world);
  await open(page, { from: after.created_at, action: 'tenant.*' });
  await rowOf(page, 'After the cut').waitFor();
  assert.equal(await rowOf(page, 'Before the cut').count(), 0);
  await open(page, { to: after.created_at, from: before.created_at, action: 'tenant.*' });
  await rowOf(page, 'Before the cut').waitFor();
  assert.equal(await rowOf(page, 'After the cut').count(), 0, 'the end is not included');
  await page.getByRole('button', { name: 'When' }).click();
  await page.getByRole('menuitem', { name: 'Last hour' }).click();
  await rowOf(page, 'After the cut').waitFor();
  const from = new Date(param(page, 'from')).getTime();
  assert.ok(Math.abs(Date.now() - 3_600_000 - from) < 60_000);
  assert.equal(param(page, 'to'), null);
});

test('an entry opens at the side with what it changed, and leads to more like it', async (t) => {
  const acme = await tenant('Opened', { plan: 'free', metadata: { seats: 3, gone: true } });
  await call('PATCH', `/v1/tenants/${acme.id}`, { plan: 'pro', metadata: { seats: 5, gone: null } }, 200);
  const [changed] = await written({ action: 'tenant.updated', target_id: acme.id });
  const page = await openWindow(t, world);
  await open(page, { target: acme.id });
  await rowOf(page, 'Bootstrap changed Opened').getByRole('link').first().click();
  await page.waitForURL((url) => url.searchParams.get('entry') === changed.id);
  const panel = page.getByRole('dialog', { name: 'Bootstrap changed Opened' });
  const cells = (name) => panel.getByRole('table', { name: 'What changed' }).getByRole('row').filter({ hasText: name }).getByRole('cell');
  assert.deepEqual((await cells('plan').allInnerTexts()).slice(1), ['free', 'pro']);
  assert.deepEqual((await cells('metadata.seats').allInnerTexts()).slice(1), ['3', '5']);
  assert.deepEqual((await cells('metadata.gone').allInnerTexts()).slice(1), ['true', 'nothing']);
  await panel.getByText(changed.hash, { exact: true }).waitFor();
  await panel.getByRole('button', { name: /Copy as JSON/ }).click();
  await panel.getByRole('button', { name: /Copied/ }).waitFor();
  assert.deepEqual(JSON.parse(await page.evaluate(() => navigator.clipboard.readText())), changed);
  await panel.getByRole('link', { name: 'The same action' }).click();
  await page.waitForURL((url) => url.search === '?action=tenant.updated');
  await panel.waitFor({ state: 'detached' });
});

test('a link to an entry opens it on a fresh page, whatever is listed there', async (t) => {
  const acme = await tenant('Linked to');
  await suspend(acme, 'Chargeback of March');
  const [entry] = await written({ action: 'tenant.suspended', target_id: acme.id });
  const page = await openWindow(t, world);
  // The filter keeps it out of the list: it is looked for by itself.
  await page.goto(`${LOG}?${new URLSearchParams({ action: 'role.deleted', entry: entry.id })}`);
  const panel = page.getByRole('dialog', { name: 'Bootstrap suspended Linked to' });
  await panel.getByText('Chargeback of March').first().waitFor();
  await panel.getByRole('button', { name: 'Close' }).click();
  await panel.waitFor({ state: 'detached' });
  assert.equal(param(page, 'entry'), null);
  await page.getByText('No entry fits these filters').waitFor();
  await page.goto(`${LOG}?entry=evt_01h00000000000000000000000`);
  await page.getByRole('dialog').getByText('No such entry').waitFor();
});

test('live, a change is there within moments; paused, it waits and is counted', async (t) => {
  const acme = await tenant('Live before');
  await written({ target_id: acme.id });
  const page = await openWindow(t, world);
  await open(page, { target: acme.id });
  await page.getByRole('switch', { name: 'Live' }).click();
  await page.waitForURL(/live=1/);
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await rename(acme, 'Live after');
  await rowOf(page, 'Bootstrap changed').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await suspend(acme, 'First');
  await page.getByRole('button', { name: '1 new entry' }).waitFor();
  assert.equal(await rowOf(page, 'suspended').count(), 0, 'paused, nothing moves');
  await call('POST', `/v1/tenants/${acme.id}/activate`, {}, 200);
  await page.getByRole('button', { name: '2 new entries' }).click();
  await rowOf(page, 'suspended').waitFor();
  await rowOf(page, 'activated').waitFor();
  // Still paused, until told to go on.
  await rename(acme, 'Live at last');
  await page.getByRole('button', { name: '1 new entry' }).waitFor();
  await page.getByRole('button', { name: 'Go on' }).click();
  await until('both changes', 10_000, async () => (await rowOf(page, 'Bootstrap changed').count()) === 2);
  const sequence = await entries(page).getByRole('row').getByText(/^tenant\./).allInnerTexts();
  assert.deepEqual(sequence.sort(), ['tenant.activated', 'tenant.created', 'tenant.suspended', 'tenant.updated', 'tenant.updated']);
});

test('the chain is said to be whole, and its signed head can be taken away', async (t) => {
  await tenant('In the chain');
  const page = await openWindow(t, world);
  await open(page);
  const chain = page.getByRole('region', { name: 'Chain of hashes' });
  await chain.getByText(/^Intact: the project’s own newest \d+ entr(y is|ies are) as written$/).waitFor();
  await chain.getByRole('button', { name: 'Details' }).click();
  await chain.getByRole('button', { name: /Copy the signed head/ }).click();
  await chain.getByRole('button', { name: /Copied/ }).waitFor();
  const head = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.deepEqual(Object.keys(head).sort(), ['hash', 'public_key', 'record', 'sequence', 'signature']);
  await chain.getByText(head.hash).waitFor();
});

test('a chain that does not hold is said, with where and what to do', async (t) => {
  const page = await openWindow(t, world);
  await page.route('**/v1/audit/integrity*', async (route) => {
    const whole = await (await route.fetch()).json();
    const problems = [
      { sequence: 7, detail: 'its hash does not fit what it says' },
      { sequence: null, detail: 'the signed head names another entry' },
    ];
    await route.fulfill({ json: { ...whole, verified: false, problems, cut: { first_sequence: 3, proven: false } } });
  });
  await open(page);
  const chain = page.getByRole('region', { name: 'Chain of hashes' });
  await chain.getByText('2 problems in the log').waitFor();
  await chain.getByRole('alert').getByText('Entry 7: its hash does not fit what it says').waitFor();
  await chain.getByRole('alert').getByText('the signed head names another entry').waitFor();
  await chain.getByText('carcosa audit verify').waitFor();
  await chain.getByRole('button', { name: 'Details' }).click();
  await chain.getByText('what was before entry 3 is missing, and this installation did not remove it').waitFor();
  await page.unroute('**/v1/audit/integrity*');
  await chain.getByRole('button', { name: 'Check again' }).click();
  await chain.getByText(/^Intact/).waitFor();
});

// Presses through the dialog and gives what was saved.
async function exported(page, format) {
  await page.getByRole('button', { name: 'Export' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Export the log' });
  await dialog.getByRole('combobox', { name: /^Format/ }).click();
  await page.getByRole('option', { name: new RegExp(`^${format}`) }).click();
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export' }).click();
  const file = await download;
  await dialog.getByText(/^Saved: /).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await dialog.waitFor({ state: 'detached' });
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

test('the log is exported as CSV and NDJSON with what is filtered, and that is recorded', async (t) => {
  const acme = await tenant('Exported', { description: 'with, a comma' });
  await suspend(acme, 'A "reason", quoted');
  const page = await openWindow(t, world);
  await open(page, { target: acme.id });
  const expected = (await written({ target_id: acme.id }, 2)).map((entry) => entry.id).reverse();
  const lines = await exported(page, 'NDJSON');
  assert.match(lines.name, /^cardvault-log-\d{4}-\d\d-\d\d\.ndjson$/);
  const found = lines.text.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(found.map((entry) => entry.id).filter(Boolean), expected, 'oldest first');
  const table = await exported(page, 'CSV');
  assert.match(table.name, /\.csv$/);
  const [head, ...rows] = table.text.trim().split('\n');
  assert.match(head, /action/);
  assert.equal(rows.length, expected.length);
  assert.ok(rows[1].includes('"A ""reason"", quoted"'), rows[1]);
  const records = await written({ action: 'audit.exported' }, 2);
  assert.equal(records[0].actor.kind, 'operator');
  assert.ok(JSON.stringify(records[0].details).includes(acme.id), 'the filters are recorded');
  await open(page, { action: 'audit.exported' });
  await rowOf(page, 'exported the log').first().waitFor();
});

test('an export that breaks off saves nothing and says so', async (t) => {
  const page = await openWindow(t, world, { expected: ['network'] });
  await open(page);
  await page.route('**/v1/audit/export*', (route) => route.abort('connectionreset'));
  const saved = [];
  page.on('download', (file) => saved.push(file));
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export the log' });
  await dialog.getByRole('button', { name: 'Export' }).click();
  await dialog.getByText(/^It broke off after 0 bytes\. Nothing was saved/).waitFor({ timeout: 20_000 });
  assert.equal(saved.length, 0);
  await page.unroute('**/v1/audit/export*');
  const download = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export' }).click();
  await download;
  await dialog.getByText(/^Saved: /).waitFor();
});

test('a tenant has its own part of the log, and exports no more than that', async (t) => {
  const mine = await tenant('Own activity');
  const other = await tenant('Foreign activity');
  await call('POST', `/v1/tenants/${mine.id}/members`, { email: 'own@acme.example', name: 'Own Member', role: 'owner' }, 201);
  await written({ tenant_id: mine.id, action: 'membership.created' });
  const page = await openWindow(t, world);
  await page.goto(`/p/cardvault/tenants/${mine.id}/activity`);
  await rowOf(page, 'Bootstrap added Own Member').waitFor();
  await settled(page);
  await rowOf(page, 'Bootstrap created this tenant').waitFor();
  assert.equal(await rowOf(page, 'Foreign activity').count(), 0);
  await page.getByRole('region', { name: 'Chain of hashes' }).getByText(/^Intact: the newest \d+ entries are as written$/).waitFor();
  const { text } = await exported(page, 'NDJSON');
  assert.ok(text.includes(mine.id) && !text.includes(other.id));
});

test('the installation’s log shows who signed in', async (t) => {
  const page = await openWindow(t, world);
  await page.goto('/installation/log');
  await heading(page, 'Installation log').waitFor();
  await settled(page);
  await rowOf(page, 'ada@example.com signed in to the dashboard').first().getByRole('link').first().click();
  const panel = page.getByRole('dialog', { name: 'ada@example.com signed in to the dashboard' });
  await panel.getByText('session.created').first().waitFor();
  await panel.getByText(/HeadlessChrome|Chrome/).first().waitFor();
});
