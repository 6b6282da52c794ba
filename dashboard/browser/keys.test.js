// API keys: made, used, changed, rotated, ended.

import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../tests/interop/support/carcosa.js';
import { dashboard, heading, openWindow, settled } from './support/browser.js';

const world = dashboard();
const LIST = '/p/cardvault/keys';
const DAY = 86_400_000;

const call = (...args) => world.server.call(...args);
const make = (body) => call('POST', '/v1/keys', { scopes: ['key:verify'], ...body }, 201);
const read = (key) => call('GET', `/v1/keys/${key.id}`, undefined, 200);
const change = (key, body) => call('PATCH', `/v1/keys/${key.id}`, body, 200);
const verify = (secret, more = {}) => call('POST', '/v1/keys/verify', { key: secret, ...more }, 200);
const decision = async (secret, more) => (await verify(secret, more)).code;
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

// Opens the page of a key.
async function open(page, key) {
  await page.goto(`${LIST}/${key.id}`);
  await heading(page, key.name).waitFor();
  await settled(page);
}

// Presses an item of the menu with more actions.
async function more(page, item) {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

// The badge beside the heading.
const badge = (page, text) => page.locator('.page-head, main').first().getByText(text, { exact: true }).first();

// The secret that a dialog shows, once it does.
async function secretIn(dialog) {
  const secret = await dialog.getByText(/^ck_\S+$/).innerText();
  await dialog.getByRole('button', { name: /^Copy .*secret$/ }).click();
  await dialog.getByRole('button', { name: 'Copied' }).waitFor();
  return secret;
}

// What was shown once is nowhere any more.
async function forgotten(page, secret) {
  await page.reload();
  await settled(page);
  assert.ok(!(await page.content()).includes(secret), 'the secret is still on the page');
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, globalThis.history.state]));
  assert.ok(!kept.includes(secret), 'the secret is kept in the browser');
}

test('a key is made with chosen permissions and an end; its secret is shown once, copied, and works', async (t) => {
  const page = await openWindow(t, world);
  await page.goto(`${LIST}?new=1`);
  const dialog = page.getByRole('dialog', { name: 'New API key' });
  await dialog.getByLabel('Name', { exact: true }).fill('Billing');
  await dialog.getByRole('radio', { name: /^Chosen permissions/ }).check();
  await dialog.getByRole('searchbox', { name: 'Search permissions' }).fill('tenant:re');
  await dialog.getByRole('checkbox', { name: /^tenant:read\b/ }).click();
  await dialog.getByRole('searchbox', { name: 'Search permissions' }).fill('role');
  await dialog.getByRole('checkbox', { name: /^role:\*/ }).click();
  // The sentence says what it comes to.
  await dialog.getByText(/^Changes role\. Reads .*tenant/).waitFor();
  await dialog.getByLabel('Expires').click();
  await page.getByRole('option', { name: 'In 30 days' }).click();
  await dialog.getByRole('button', { name: 'Create key' }).click();

  const shown = page.getByRole('dialog', { name: 'The secret of Billing' });
  const secret = await secretIn(shown);
  assert.equal(await clipboard(page), secret);
  // Escape is pressed in passing; a secret is not lost by it.
  await page.keyboard.press('Escape');
  assert.ok(await shown.isVisible());
  await shown.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('link', { name: 'Billing' }).waitFor();

  const [key] = (await call('GET', '/v1/keys?q=billing', undefined, 200)).data;
  assert.deepEqual([...key.scopes].sort(), ['role:*', 'tenant:read']);
  assert.ok(Math.abs(Date.parse(key.expires_at) - Date.now() - 30 * DAY) < 120_000, key.expires_at);
  await call('GET', '/v1/tenants', undefined, 200, secret);
  await call('POST', '/v1/tenants', { name: 'Not allowed' }, 403, secret);
  await forgotten(page, secret);
});

test('what is wrong stands at its field, before and after asking the server, and nothing typed is lost', async (t) => {
  const page = await openWindow(t, world, { expected: [400, 422] });
  await page.goto(`${LIST}?new=1`);
  const dialog = page.getByRole('dialog', { name: 'New API key' });
  const name = dialog.getByLabel('Name', { exact: true });
  await dialog.getByRole('radio', { name: /^Chosen permissions/ }).check();
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await dialog.getByText('Give it a name.').waitFor();
  await dialog.locator('.field-error').getByText('Choose at least one permission.').waitFor();
  assert.equal(await name.getAttribute('aria-invalid'), 'true');

  await name.fill('Gateway');
  await dialog.getByRole('radio', { name: /^Verify only/ }).check();
  await dialog.getByText('Limits and metadata').click();
  const from = dialog.getByLabel('Works from');
  await from.fill('300.1.2.3');
  await from.press('Enter');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  await dialog.getByText('Some fields need your attention.').waitFor();
  assert.equal(await from.getAttribute('aria-invalid'), 'true');
  const described = await from.getAttribute('aria-describedby');
  assert.match(await dialog.locator(`#${CSS(described.split(' ').at(-1))}`).innerText(), /^0: /, 'the field says which of the addresses');
  assert.equal(await name.inputValue(), 'Gateway');

  await dialog.getByRole('button', { name: 'Remove 300.1.2.3' }).click();
  await from.fill('10.0.0.0/8');
  await from.press('Enter');
  await dialog.getByLabel('Rate limit').fill('100');
  await dialog.getByLabel('Credits').fill('5000');
  await dialog.getByLabel('Metadata').fill('{ "customer": 42 }');
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const shown = page.getByRole('dialog', { name: 'The secret of Gateway' });
  await secretIn(shown);
  await shown.getByRole('button', { name: 'I have stored it' }).click();
  const [key] = (await call('GET', '/v1/keys?q=gateway', undefined, 200)).data;
  assert.deepEqual([key.scopes, key.allowed_ips, key.metadata], [['key:verify'], ['10.0.0.0/8'], { customer: 42 }]);
  assert.equal(key.rate_limit.limit, 100);
  assert.equal(key.rate_limit.period_seconds, 60);
  assert.equal(key.credits.remaining, 5000);
});

// An id as a selector has it.
const CSS = (id) => id.replace(/[^\w-]/g, (letter) => `\\${letter}`);

test('the list is narrowed by name, state and end; the address has it, and the back button undoes it', async (t) => {
  const soon = await make({ name: 'Sieve soon', expires_at: new Date(Date.now() + 10 * DAY).toISOString() });
  const later = await make({ name: 'Sieve later', expires_at: new Date(Date.now() + 60 * DAY).toISOString() });
  const off = await make({ name: 'Sieve off' });
  await change(off, { enabled: false });
  const ended = await make({ name: 'Sieve ended', expires_at: new Date(Date.now() + 1200).toISOString() });
  const revoked = await make({ name: 'Sieve revoked' });
  await call('DELETE', `/v1/keys/${revoked.id}`, undefined, 204);
  await until('a key to expire', 5000, async () => (await call('GET', '/v1/keys?status=expired&q=sieve', undefined, 200)).data.length === 1);
  assert.equal((await read(ended)).revoked_at, null);

  const page = await openWindow(t, world);
  await page.goto(LIST);
  await settled(page);
  const table = page.getByRole('table', { name: 'API keys' });
  const rows = async () => {
    await settled(page);
    return (await table.locator('[data-row]').allInnerTexts()).sort();
  };
  const shows = (names) => until(`the rows ${names.join(', ')}`, 5000, async () => JSON.stringify(await rows()) === JSON.stringify([...names].sort()));
  await page.getByRole('searchbox', { name: /^Search by name/ }).fill('sieve');
  await page.waitForURL(/q=sieve/);
  await shows(['Sieve soon', 'Sieve later', 'Sieve off', 'Sieve ended', 'Sieve revoked']);
  const choose = async (filter, text) => {
    await page.getByRole('combobox', { name: new RegExp(`^${filter}`) }).click();
    await page.getByRole('option', { name: text, exact: true }).click();
  };
  for (const [state, names] of [
    ['Active', ['Sieve soon', 'Sieve later']],
    ['Disabled', ['Sieve off']],
    ['Expired', ['Sieve ended']],
    ['Revoked', ['Sieve revoked']],
  ]) {
    await choose('Status', state);
    await page.waitForURL(new RegExp(`status=${state.toLowerCase()}`));
    await shows(names);
    if (state === 'Active') continue;
    await table.getByText(state, { exact: true }).waitFor();
  }
  await page.goBack();
  await page.waitForURL(/status=expired/);
  await shows(['Sieve ended']);
  await choose('Status', 'Any');
  // The overview links to this choice.
  await choose('Expires', 'Within 14 days');
  await page.waitForURL(/expiring=14/);
  await shows(['Sieve soon']);
  await choose('Expires', 'Within 90 days');
  await shows(['Sieve soon', 'Sieve later']);
  await page.getByRole('searchbox', { name: /^Search by name/ }).fill(later.last4);
  await shows(['Sieve later']);
  await page.getByRole('searchbox', { name: /^Search by name/ }).fill('nothing is called so');
  await page.getByText('No key matches').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await table.getByRole('link', { name: 'Sieve soon' }).waitFor();
  assert.equal(new URL(page.url()).search, '');
  await page.goto(`${LIST}?expiring=14`);
  await page.getByRole('combobox', { name: 'Expires: Within 14 days' }).waitFor();
  // What no choice has is no filter.
  await page.goto(`${LIST}?expiring=soon&q=sieve`);
  await shows(['Sieve soon', 'Sieve later', 'Sieve off', 'Sieve ended', 'Sieve revoked']);
  assert.ok(soon.id);
});

test('verifications are counted, and drawn in the row and on the page', { timeout: 60_000 }, async (t) => {
  const key = await make({ name: 'Counted' });
  for (let times = 0; times < 5; times += 1) assert.equal(await decision(key.secret), 'valid');
  for (let times = 0; times < 2; times += 1) assert.equal(await decision(key.secret, { permissions: ['tenant:read'] }), 'insufficient_permissions');
  await until('the counts to be written', 20_000, async () => {
    const { buckets } = await call('GET', `/v1/keys/${key.id}/usage?hours=24`, undefined, 200);
    return buckets.reduce((sum, bucket) => sum + bucket.valid, 0) === 5;
  });
  const page = await openWindow(t, world);
  await page.goto(`${LIST}?q=counted`);
  await page.getByRole('img', { name: 'Last 24 hours: 5 verifications let in, 2 refused' }).waitFor();
  await page.getByRole('link', { name: 'Counted' }).click();
  await heading(page, 'Counted').waitFor();
  await page.getByText('5 verifications let in, 2 refused').waitFor();
  // The same as numbers, for who does not see the chart.
  const numbers = page.getByRole('table', { name: /^Verifications over time/ });
  await numbers.getByRole('columnheader', { name: 'Let in' }).waitFor();
  await numbers.getByRole('columnheader', { name: 'insufficient permissions' }).waitFor();
  const last = await numbers.getByRole('row').filter({ has: page.getByRole('cell', { name: '5', exact: true }) }).getByRole('cell').allInnerTexts();
  assert.deepEqual(last.slice(1), ['5', '2']);
  await page.getByRole('radiogroup', { name: 'Period' }).getByText('30 d').click();
  await until('thirty days', 5000, async () => (await numbers.getByRole('row').count()) <= 32);
  await page.getByText('5 verifications let in, 2 refused').waitFor();
});

test('the tester says what an application would be told, and why', async (t) => {
  const key = await make({ name: 'Tested', scopes: ['tenant:read'], credits: { remaining: 3 } });
  const page = await openWindow(t, world);
  await page.goto(LIST);
  await settled(page);
  await page.getByRole('button', { name: 'Test a key' }).click();
  await page.waitForURL(/test=1/);
  const dialog = page.getByRole('dialog', { name: 'Test a key' });
  const answer = dialog.getByRole('status');
  const ask = async () => dialog.getByRole('button', { name: 'Test', exact: true }).click();
  await ask();
  await dialog.getByText('Paste the text of a key.').waitFor();
  await dialog.getByLabel('Key', { exact: true }).fill(`  ${key.secret}\n`);
  await ask();
  await answer.getByText('It would be let in').waitFor();
  assert.equal((await read(key)).credits.remaining, 3, 'trying costs nothing');
  const permissions = dialog.getByLabel('Must be allowed to');
  await permissions.fill('tenant:update');
  await permissions.press('Enter');
  await ask();
  await answer.getByText('It would be refused').waitFor();
  await answer.getByText('insufficient_permissions', { exact: true }).waitFor();
  await dialog.getByLabel('Key', { exact: true }).fill('hunter2');
  await ask();
  await answer.getByText('not_found', { exact: true }).waitFor();
  await dialog.getByLabel('Key', { exact: true }).fill(`${key.secret.slice(0, -1)}${key.secret.endsWith('A') ? 'B' : 'A'}`);
  await ask();
  await answer.getByText('This cannot be a key').waitFor();
  await answer.getByText('malformed', { exact: true }).waitFor();
});

test('turning a key off shows at once, and stops it', async (t) => {
  const key = await make({ name: 'Switched' });
  const page = await openWindow(t, world);
  await open(page, key);
  let goOn;
  const held = new Promise((resolve) => (goOn = resolve));
  await page.route(`**/v1/keys/${key.id}`, async (route) => {
    if (route.request().method() === 'PATCH') await held;
    await route.continue();
  });
  const on = page.getByRole('switch', { name: 'On' });
  await on.click();
  // The server has not answered yet.
  await badge(page, 'Disabled').waitFor();
  assert.equal(await decision(key.secret), 'valid');
  goOn();
  await until('the key to stop', 5000, async () => (await decision(key.secret)) === 'disabled');
  await page.reload();
  await settled(page);
  assert.equal(await on.getAttribute('aria-checked'), 'false');
  await on.click();
  await until('the key to work again', 5000, async () => (await decision(key.secret)) === 'valid');
});

test('what the server refuses is put back: an error, and another who was faster', async (t) => {
  const key = await make({ name: 'Put back' });
  const page = await openWindow(t, world, { expected: [503, 412] });
  await open(page, key);
  const on = page.getByRole('switch');
  const problem = { type: 'about:blank', title: 'Overloaded', status: 503, code: 'overloaded', detail: 'Too much is going on just now.' };
  const refuse = (route) =>
    route.request().method() === 'PATCH' ? route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) }) : route.continue();
  await page.route(`**/v1/keys/${key.id}`, refuse);
  await on.click();
  await page.getByRole('region', { name: 'Notifications' }).getByText('Too much is going on just now.').waitFor();
  await page.getByRole('switch', { checked: true }).waitFor();
  await badge(page, 'Active').waitFor();
  await page.unroute(`**/v1/keys/${key.id}`, refuse);
  assert.equal((await read(key)).enabled, true);

  // Someone renames it between the press and the server.
  await page.route(`**/v1/keys/${key.id}`, async (route) => {
    if (route.request().method() === 'PATCH') await change(key, { name: 'Renamed meanwhile' });
    await route.continue();
  });
  await on.click();
  await page.getByRole('region', { name: 'Notifications' }).getByText('Someone else changed this meanwhile').waitFor();
  await heading(page, 'Renamed meanwhile').waitFor();
  await page.getByRole('switch', { checked: true }).waitFor();
  assert.equal((await read(key)).enabled, true);
});

test('a rotated key has a new secret, shown once; the old one works as long as was chosen', async (t) => {
  const key = await make({ name: 'Turning' });
  const page = await openWindow(t, world);
  await open(page, key);
  const rotate = async (choice) => {
    await page.getByRole('button', { name: 'Rotate', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Rotate Turning' });
    await dialog.getByRole('radio', { name: choice }).check();
    await dialog.getByRole('button', { name: 'Rotate key' }).click();
    const shown = page.getByRole('dialog', { name: 'The new secret of Turning' });
    const secret = await secretIn(shown);
    assert.equal(await clipboard(page), secret);
    return { shown, secret };
  };
  const second = await rotate(/^Works for 1 hour more/);
  await second.shown.getByText(/^The old secret works until/).waitFor();
  await second.shown.getByRole('button', { name: 'I have stored it' }).click();
  assert.notEqual(second.secret, key.secret);
  assert.deepEqual([await decision(key.secret), await decision(second.secret)], ['valid', 'valid']);
  const ends = Date.parse((await read(key)).previous_secret_expires_at) - Date.now();
  assert.ok(Math.abs(ends - 3_600_000) < 120_000, `${ends}`);
  await page.getByText(/^The secret from before the last rotation works until/).waitFor();
  await forgotten(page, second.secret);

  const third = await rotate(/^Stops at once/);
  await third.shown.getByText('The old secret has stopped.').waitFor();
  await third.shown.getByRole('button', { name: 'I have stored it' }).click();
  assert.equal(await decision(third.secret), 'valid');
  await until('the second secret to stop', 3000, async () => (await decision(second.secret)) === 'not_found');
  assert.equal(await decision(key.secret), 'not_found');
});

test('a key is revoked once its name is typed, and is refused from then on', async (t) => {
  const key = await make({ name: 'Doomed' });
  await verify(key.secret);
  const page = await openWindow(t, world);
  await open(page, key);
  await more(page, 'Revoke');
  const ask = page.getByRole('alertdialog', { name: 'Revoke Doomed?' });
  const yes = ask.getByRole('button', { name: 'Revoke key' });
  assert.ok(await yes.isDisabled());
  await ask.getByLabel('Type Doomed to confirm').fill('doomed');
  assert.ok(await yes.isDisabled());
  await ask.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await decision(key.secret), 'valid');
  await more(page, 'Revoke');
  await ask.getByLabel('Type Doomed to confirm').fill('Doomed');
  await yes.click();
  await ask.waitFor({ state: 'detached' });
  await page.getByText(/^This key is revoked\./).waitFor();
  await badge(page, 'Revoked').waitFor();
  assert.equal(await page.getByRole('switch').count(), 0);
  assert.ok((await read(key)).revoked_at);
  await until('the key to be refused', 3000, async () => (await decision(key.secret)) === 'revoked');
});

test('a report of a leak revokes the key whose text was found, and no other', async (t) => {
  const key = await make({ name: 'Leaked' });
  const page = await openWindow(t, world);
  await page.goto(LIST);
  await settled(page);
  const report = async (text) => {
    await page.getByRole('button', { name: 'Report a leak' }).click();
    const dialog = page.getByRole('dialog', { name: 'Report a leaked key' });
    await dialog.getByLabel('The text found').fill(text);
    await dialog.getByLabel('Where').fill('https://paste.example/42');
    await dialog.getByRole('button', { name: 'Revoke if it is ours' }).click();
    return dialog;
  };
  const other = await report(`${key.secret.slice(0, -6)}AAAAAA`);
  await other.getByText(/^It is no key of this project that works/).waitFor();
  await other.getByRole('button', { name: 'Close' }).last().click();
  assert.equal(await decision(key.secret), 'valid');
  const ours = await report(key.secret);
  await ours.getByText(/^It was a key of this project\. It is revoked/).waitFor();
  await ours.getByRole('link', { name: 'Open the key' }).click();
  await heading(page, 'Leaked').waitFor();
  await badge(page, 'Revoked').waitFor();
  await until('the key to be refused', 3000, async () => (await decision(key.secret)) === 'revoked');
});

test('limits and credits are given, changed and taken away where they are shown', async (t) => {
  const key = await make({ name: 'Limited' });
  const page = await openWindow(t, world);
  await open(page, key);
  const limit = page.getByRole('textbox', { name: 'Rate limit' });
  await limit.fill('2');
  await page.getByLabel('Per', { exact: true }).click();
  await page.getByRole('option', { name: 'Hour' }).click();
  await page.getByRole('button', { name: 'Save limit' }).click();
  await page.getByText('2 per hour. Calls beyond that are refused with rate_limited.').waitFor();
  const { rate_limit: rate } = await read(key);
  assert.deepEqual([rate.limit, rate.period_seconds], [2, 3600]);
  const codes = [];
  for (let times = 0; times < 3; times += 1) codes.push(await decision(key.secret));
  assert.deepEqual(codes, ['valid', 'valid', 'rate_limited']);
  await limit.fill('');
  await page.getByRole('button', { name: 'Save limit' }).click();
  await page.getByText('It may be verified any number of times.').waitFor();
  assert.equal((await read(key)).rate_limit, null);

  await page.getByRole('button', { name: 'Give credits' }).click();
  const give = page.getByRole('dialog', { name: 'Give credits' });
  await give.getByLabel('Credits', { exact: true }).fill('10');
  await give.getByLabel('Refilled').click();
  await page.getByRole('option', { name: 'Every day' }).click();
  await give.getByLabel('Refilled to').fill('25');
  await give.getByRole('button', { name: 'Save credits' }).click();
  await give.waitFor({ state: 'detached' });
  await page.getByText(/^Refilled to 25 every day\./).waitFor();
  assert.deepEqual((await read(key)).credits, { remaining: 10, refill: { every: 'day', amount: 25 } });
  await page.getByRole('button', { name: 'Top up' }).click();
  const top = page.getByRole('dialog', { name: 'Top up' });
  await top.getByLabel('Credits', { exact: true }).fill('5');
  await top.getByText('Then about 15 are left.').waitFor();
  await top.getByRole('button', { name: 'Save credits' }).click();
  await top.waitFor({ state: 'detached' });
  assert.equal((await read(key)).credits.remaining, 15);
  await page.getByRole('button', { name: 'Top up' }).click();
  await top.getByRole('radio', { name: /^Take the budget away/ }).check();
  await top.getByRole('button', { name: 'Save credits' }).click();
  await page.getByRole('button', { name: 'Give credits' }).waitFor();
  assert.equal((await read(key)).credits, null);
});

test('an edit sends what was changed, and what someone else saved meanwhile is neither lost nor overwritten', async (t) => {
  const key = await make({ name: 'Shared', metadata: { plan: { name: 'pro', seats: 3 } } });
  const page = await openWindow(t, world);
  await open(page, key);
  await more(page, 'Edit');
  const dialog = page.getByRole('dialog', { name: 'Edit key' });
  await dialog.getByLabel('Metadata').fill('{ "plan": { "name": "team" } }');
  // The page hears of it by itself.
  await change(key, { name: 'Shared by two' });
  await dialog.getByText('Someone else changed this meanwhile.').waitFor();
  await dialog.getByText('Shared by two').waitFor();
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  assert.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Shared by two');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const now = await read(key);
  assert.deepEqual([now.name, now.metadata], ['Shared by two', { plan: { name: 'team' } }]);
  await page.getByRole('region', { name: 'Metadata as JSON' }).getByText('team').waitFor();
});

test('a key of a tenant belongs to it, is listed with it, and stops with it', async (t) => {
  const tenant = await call('POST', '/v1/tenants', { name: 'Keyholder' }, 201);
  const page = await openWindow(t, world);
  await page.goto(`/p/cardvault/tenants/${tenant.id}/keys`);
  await page.getByText('No keys yet').waitFor();
  await page.locator('[data-create]').click();
  const dialog = page.getByRole('dialog', { name: 'New API key of Keyholder' });
  await dialog.getByLabel('Name', { exact: true }).fill('Of the tenant');
  await dialog.getByRole('radio', { name: /^Read only/ }).check();
  await dialog.getByRole('button', { name: 'Create key' }).click();
  const shown = page.getByRole('dialog', { name: 'The secret of Of the tenant' });
  const secret = await secretIn(shown);
  await shown.getByRole('button', { name: 'I have stored it' }).click();
  const found = await verify(secret);
  assert.deepEqual([found.valid, found.tenant.id], [true, tenant.id]);
  const { scopes } = await read({ id: found.key_id });
  assert.ok(scopes.includes('tenant:read') && scopes.every((scope) => scope.endsWith(':read')), scopes.join(' '));

  // Keys of tenants are not among the project's, unless asked for.
  await page.goto(`${LIST}?q=tenant`);
  await page.getByText('No key matches').waitFor();
  await page.getByRole('combobox', { name: 'Whose' }).fill('keyh');
  await page.getByRole('option', { name: /^Keyholder/ }).click();
  await page.waitForURL(new RegExp(`tenant=${tenant.id}`));
  await page.getByRole('link', { name: 'Of the tenant' }).click();
  await heading(page, 'Of the tenant').waitFor();
  await call('POST', `/v1/tenants/${tenant.id}/suspend`, { reason: 'Unpaid' }, 200);
  await page.getByText('Its tenant is suspended, so the key does not work, whatever its own state.').waitFor();
  assert.equal(await decision(secret), 'tenant_suspended');
});
