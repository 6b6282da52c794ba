// Tenants: found in the list, created, edited, suspended and brought back, one by one and many at once.

import assert from 'node:assert/strict';
import test from 'node:test';
import { dashboard, heading, openWindow, settled, signIn } from './support/browser.js';

const MANY = 120;
const world = dashboard({
  seed: async (server) => {
    await server.call('PATCH', '/v1/project', { settings: { metadata_schema: { type: 'object', properties: { seats: { type: 'integer' } } } } }, 200);
    const names = Array.from({ length: MANY }, (_, place) => `Crowd ${String(place + 1).padStart(3, '0')}`);
    for (let from = 0; from < MANY; from += 20) {
      await Promise.all(names.slice(from, from + 20).map((name) => server.call('POST', '/v1/tenants', { name, plan: 'crowd' }, 201)));
    }
    return { crm: await server.call('POST', '/v1/tenants', { name: 'Taken', slug: 'taken', external_id: 'crm-taken' }, 201) };
  },
});

const list = '/p/cardvault/tenants';
const api = (method, path, body, status = 200) => world.server.call(method, path, body, status);
const make = (body) => api('POST', '/v1/tenants', body, 201);
const read = (id) => api('GET', `/v1/tenants/${id}`);

async function open(page, path) {
  await page.goto(path);
  await settled(page);
}

async function choose(page, label, option) {
  await page.getByRole('combobox', { name: new RegExp(`^${label}: `) }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}

const names = (page) => page.getByRole('table', { name: 'Tenants' }).getByRole('link');
// As they stand on the page, which is not how they stand in the document.
async function namesFromTop(page) {
  await settled(page);
  const found = await names(page).evaluateAll((links) =>
    links.map((link) => ({ top: link.getBoundingClientRect().top, text: link.innerText })).sort((a, b) => a.top - b.top),
  );
  return found.map(({ text }) => text.split('\n').filter((line) => line.includes(' '))[0]);
}

// What the server decides about a key, once it is this: nodes hear of changes within a second.
async function decision(secret, code) {
  for (let tries = 0; ; tries += 1) {
    const found = await api('POST', '/v1/keys/verify', { key: secret });
    if (found.code === code || tries === 100) return assert.equal(found.code, code);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

// Nothing is heard of what others change, as on a network that holds the stream back.
const deaf = (page) => page.route('**/v1/events/stream*', () => undefined);

test('the list is searched as one types, and says when nothing fits', async (t) => {
  await make({ name: 'Quillfeather Books' });
  const page = await openWindow(t, world);
  await open(page, list);
  const search = page.getByRole('searchbox', { name: 'Search tenants' });
  await search.pressSequentially('quillf');
  await page.waitForURL(/q=quillf/);
  await page.getByText('1 of 1 shown').waitFor();
  assert.equal(await names(page).count(), 1);
  await page.getByText('Best match first').waitFor();
  await search.fill('quillf nothing-like-it');
  await page.getByRole('heading', { name: 'No tenant matches' }).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.waitForURL((url) => url.search === '');
  await names(page).first().waitFor();
  assert.equal(await search.inputValue(), '', 'the field is cleared too');
});

test('filters are in the address: they survive reloading, and back undoes them one by one', async (t) => {
  const group = await make({ name: 'Filter Group', plan: 'filtered' });
  await make({ name: 'Filter Branch', plan: 'filtered', kind: 'individual', region: 'eu-west', parent_id: group.id });
  const page = await openWindow(t, world);
  await open(page, list);
  await choose(page, 'Plan', 'filtered');
  await page.waitForURL(/plan=filtered/);
  await page.getByText('2 of 2 shown').waitFor();
  await choose(page, 'Kind', 'Individual');
  await page.waitForURL(/kind=individual/);
  await page.getByText('1 of 1 shown').waitFor();
  await page.getByRole('button', { name: 'More filters' }).click();
  const more = page.getByRole('dialog', { name: 'More filters' });
  await more.getByLabel('Region').fill('EU-West');
  await more.getByRole('combobox', { name: 'Below the tenant' }).fill('filter gr');
  await page.getByRole('option', { name: /^Filter Group/ }).click();
  await more.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('Region eu-west', { exact: true }).waitFor();
  await page.getByText('Below Filter Group', { exact: true }).waitFor();
  await page.reload();
  await settled(page);
  await page.getByText('Below Filter Group', { exact: true }).waitFor();
  await page.getByText('1 of 1 shown').waitFor();
  await page.getByRole('combobox', { name: 'Kind: Individual' }).waitFor();
  await page.getByRole('button', { name: 'Remove the filter Region eu-west' }).click();
  await page.waitForURL((url) => !url.searchParams.has('region'));
  await page.goBack();
  await page.getByText('Region eu-west', { exact: true }).waitFor();
  await page.goBack();
  await page.getByText('Region eu-west', { exact: true }).waitFor({ state: 'detached' });
  await page.goBack();
  await page.getByRole('combobox', { name: 'Kind: Any' }).waitFor();
  await page.getByText('2 of 2 shown').waitFor();
  await page.goBack();
  await page.getByRole('combobox', { name: 'Plan: Any' }).waitFor();
});

test('the list is sorted by its heads, and by what the bar offers', async (t) => {
  for (const name of ['Sort Beta', 'Sort Gamma', 'Sort Alpha']) await make({ name, plan: 'sorted' });
  const page = await openWindow(t, world);
  await open(page, `${list}?plan=sorted`);
  assert.deepEqual(await namesFromTop(page), ['Sort Alpha', 'Sort Gamma', 'Sort Beta'], 'the newest first');
  const head = page.getByRole('columnheader', { name: 'Name' });
  await head.getByRole('button').click();
  await page.waitForURL(/order=name/);
  assert.deepEqual(await namesFromTop(page), ['Sort Alpha', 'Sort Beta', 'Sort Gamma']);
  assert.equal(await head.getAttribute('aria-sort'), 'ascending');
  await head.getByRole('button').click();
  await page.waitForURL(/order=-name/);
  assert.deepEqual(await namesFromTop(page), ['Sort Gamma', 'Sort Beta', 'Sort Alpha']);
  await choose(page, 'Sort', 'Oldest first');
  await page.waitForURL(/order=created_at/);
  assert.deepEqual(await namesFromTop(page), ['Sort Beta', 'Sort Gamma', 'Sort Alpha']);
});

test('filters are saved as a view, which is the operator’s own', async (t) => {
  await make({ name: 'Viewed', plan: 'viewed' });
  const page = await openWindow(t, world);
  await open(page, `${list}?plan=viewed&order=name`);
  await page.getByRole('button', { name: 'Save view' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Those viewed');
  await dialog.getByRole('button', { name: 'Save' }).click();
  const views = page.getByRole('navigation', { name: 'Views' });
  const mine = views.getByRole('link', { name: 'Those viewed' });
  await views.getByRole('link', { name: 'Those viewed' }).and(page.locator('[aria-current=page]')).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save view' }).count(), 0, 'what is saved is not to be saved again');
  await views.getByRole('link', { name: 'All', exact: true }).click();
  await page.waitForURL((url) => url.search === '');
  await page.reload();
  await mine.click();
  await page.waitForURL(/plan=viewed&order=name/);
  await page.getByText('1 of 1 shown').waitFor();

  // Another operator at the same browser.
  const other = await anotherOperator(page);
  await page.context().clearCookies();
  await page.context().request.post('/v1/session', { data: other });
  await open(page, list);
  await views.getByRole('link', { name: 'Suspended' }).waitFor();
  assert.equal(await mine.count(), 0, 'another operator does not see it');
  await page.context().clearCookies();
  await signIn(page.context(), world.server);
  await open(page, list);
  await views.getByRole('button', { name: 'More about the view Those viewed' }).click();
  await page.getByRole('menuitem', { name: 'Delete view' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete view' }).click();
  await mine.waitFor({ state: 'detached' });
  await page.reload();
  await views.getByRole('link', { name: 'Suspended' }).waitFor();
  assert.equal(await mine.count(), 0);
});

async function anotherOperator(page) {
  const session = await signIn(page.context(), world.server);
  const account = { email: 'grace@example.com', password: 'a-word-that-nobody-guesses' };
  const headers = { 'x-csrf-token': session.csrf_token };
  const invited = await page.context().request.post('/v1/operators', { headers, data: { email: account.email, platform_role: 'super_admin' } });
  assert.equal(invited.status(), 201, await invited.text());
  const { invitation_url: url } = await invited.json();
  const token = new URL(url).hash.slice(1).replace(/^token=/, '');
  const accepted = await page.context().request.post('/v1/operators/invitations/accept', { data: { token, password: account.password, name: 'Grace' } });
  assert.equal(accepted.status(), 200, await accepted.text());
  return account;
}

test('a list of 120 is read on as one scrolls, and only what is in view is drawn', async (t) => {
  const page = await openWindow(t, world);
  await open(page, `${list}?plan=crowd&order=name`);
  assert.equal(await page.getByText(`${MANY} of ${MANY} shown`).count(), 0, 'not all at once');
  await page.waitForFunction((text) => {
    globalThis.scrollTo(0, document.documentElement.scrollHeight);
    return document.body.innerText.includes(text);
  }, `${MANY} of ${MANY} shown`);
  await page.getByRole('link', { name: `Crowd ${MANY}` }).waitFor();
  assert.ok((await names(page).count()) < 80, 'rows out of sight are not drawn');
  assert.equal(await page.getByRole('button', { name: 'Load more' }).count(), 0);
});

test('while a tenant is created, its slug is foretold: free, taken, reserved, alike, impossible', async (t) => {
  await make({ name: 'Foretold', slug: 'foretold' });
  const page = await openWindow(t, world);
  await open(page, list);
  await page.getByRole('button', { name: 'Create tenant' }).click();
  const dialog = page.getByRole('dialog');
  const [name, slug] = [dialog.getByLabel('Name', { exact: true }), dialog.getByLabel('Slug')];
  await name.fill('Ärzte & Söhne');
  await dialog.getByText('Will be arzte-sohne.').waitFor();
  await name.fill('Foretold');
  await dialog.getByText('Will be foretold-2.').waitFor();
  await slug.fill('foretold');
  await dialog.getByText('Another tenant has, or once had, foretold.').waitFor();
  await slug.fill('admin');
  await dialog.getByText('admin is reserved.').waitFor();
  await slug.fill('adm1n');
  await dialog.getByText(/^adm1n reads like/).waitFor();
  await slug.fill('fоretold');
  await dialog.getByText(/^fоretold reads like/).waitFor();
  await slug.fill('-no-');
  await dialog.getByText('A slug has 1 to 63 of a–z, 0–9 and hyphens').waitFor();
  await dialog.getByRole('button', { name: 'Use foretold-2' }).click();
  assert.equal(await slug.inputValue(), 'foretold-2');
  await dialog.getByText('foretold-2 is free.').waitFor();
  await dialog.getByRole('button', { name: 'Create tenant' }).click();
  await heading(page, 'Foretold').waitFor();
  assert.equal((await read('slug:foretold-2')).name, 'Foretold');
  await page.goBack();
  await heading(page, 'Tenants').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0, 'back leads to the list, not into the form');
});

test('a tenant is created with all it can have, below another', async (t) => {
  const parent = await make({ name: 'Parent Holding', plan: 'held' });
  const page = await openWindow(t, world);
  await open(page, `${list}?new=1`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Whole Child');
  await dialog.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: /^Individual/ }).click();
  await dialog.getByRole('combobox', { name: 'Parent' }).fill('parent hold');
  await page.getByRole('option', { name: /^Parent Holding/ }).click();
  await dialog.getByRole('button', { name: 'More options' }).click();
  await dialog.getByLabel('Region').fill('EU-North');
  await dialog.getByLabel('External id').fill('crm-whole');
  await dialog.getByLabel('Description').fill('Two lines\nof it');
  await dialog.getByLabel('Main colour', { exact: false }).last().fill('#3366cc');
  await dialog.getByRole('textbox', { name: 'Metadata' }).fill('{"seats": 3}');
  await dialog.getByRole('button', { name: 'Create tenant' }).click();
  await heading(page, 'Whole Child').waitFor();
  const made = await read('ext:crm-whole');
  assert.deepEqual(
    [made.kind, made.parent_id, made.plan, made.region, made.description, made.branding.primary_color, made.metadata],
    ['individual', parent.id, 'held', 'eu-north', 'Two lines\nof it', '#3366cc', { seats: 3 }],
  );
  await page.getByRole('link', { name: 'Parent Holding' }).first().waitFor();
});

test('what the server refuses stands at its field, and nothing typed is lost', async (t) => {
  const page = await openWindow(t, world, { expected: [409, 422] });
  await open(page, `${list}?new=1`);
  const dialog = page.getByRole('dialog');
  const send = dialog.getByRole('button', { name: 'Create tenant' });
  const name = dialog.getByLabel('Name', { exact: true });
  await name.fill('x');
  await name.fill('');
  await dialog.getByLabel('Slug').fill('taken');
  await send.click();
  await dialog.getByText('A tenant needs a name.').waitFor();
  await name.fill('Refused');
  await send.click();
  await refused(page, dialog.getByLabel('Slug'), /once had|taken/i);
  await dialog.getByLabel('Slug').fill('');
  await dialog.getByRole('button', { name: 'More options' }).click();
  await dialog.getByLabel('External id').fill('crm-taken');
  const metadata = dialog.getByRole('textbox', { name: 'Metadata' });
  await metadata.fill('{"seats": "many"}');
  await dialog.getByText(/\/seats/).first().waitFor();
  await send.click();
  await refused(page, metadata, /seats/);
  await metadata.fill('{"seats": 12}');
  await send.click();
  await refused(page, dialog.getByLabel('External id'), /Another tenant of the project has this external id/);
  assert.equal(await name.inputValue(), 'Refused');
  await dialog.getByLabel('External id').fill('crm-free');
  await send.click();
  await heading(page, 'Refused').waitFor();
  assert.deepEqual((await read('ext:crm-free')).metadata, { seats: 12 });
});

// The field is marked, says why, and has the focus.
async function refused(page, field, why) {
  await page.waitForFunction((element) => element.getAttribute('aria-invalid') === 'true' && element === document.activeElement, await field.elementHandle());
  const ids = (await field.getAttribute('aria-describedby')) ?? '';
  const said = await page.evaluate((all) => all.split(' ').map((id) => document.getElementById(id)?.innerText ?? '').join(' '), ids);
  assert.match(said, why);
}

test('a tenant is edited, and what was taken out of its metadata is gone', async (t) => {
  const tenant = await make({ name: 'Edited', plan: 'edited', metadata: { keep: 1, drop: 2 } });
  const page = await openWindow(t, world);
  await open(page, `${list}/${tenant.id}/settings`);
  const sent = page.waitForRequest((request) => request.method() === 'PATCH');
  await page.getByLabel('Name', { exact: true }).fill('Edited well');
  await page.getByRole('textbox', { name: 'Metadata' }).fill('{"keep": 1, "new": true}');
  await page.getByRole('button', { name: 'Save changes' }).click();
  const request = await sent;
  assert.equal(request.headers()['if-match'], `"${tenant.version}"`);
  await heading(page, 'Edited well').waitFor();
  await page.getByRole('button', { name: 'Save changes', disabled: true }).waitFor();
  assert.deepEqual((await read(tenant.id)).metadata, { keep: 1, new: true });
});

test('someone else saves meanwhile: the server refuses, and what was typed goes over into the new state', async (t) => {
  const tenant = await make({ name: 'Contested', region: 'eu' });
  const page = await openWindow(t, world, { expected: [412] });
  await deaf(page);
  await open(page, `${list}/${tenant.id}/settings`);
  await page.getByLabel('Description').fill('Typed here');
  await page.getByLabel('Name', { exact: true }).fill('Contested by me');
  await api('PATCH', `/v1/tenants/${tenant.id}`, { name: 'Contested by them', region: 'us' });
  const answer = page.waitForResponse((response) => response.request().method() === 'PATCH');
  await page.getByRole('button', { name: 'Save changes' }).click();
  assert.equal((await answer).status(), 412);
  await page.getByText('Someone else changed this meanwhile.').waitFor();
  await page.getByText('You both changed: Name.').waitFor();
  assert.equal((await read(tenant.id)).name, 'Contested by them', 'nothing was overwritten');
  await page.getByRole('button', { name: 'Keep mine' }).click();
  assert.equal(await page.getByLabel('Region').inputValue(), 'us');
  assert.equal(await page.getByLabel('Description').inputValue(), 'Typed here');
  assert.equal(await page.getByText('Someone else', { exact: false }).count(), 0, 'the conflict is over');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await heading(page, 'Contested by me').waitFor();
  const { name, region, description } = await read(tenant.id);
  assert.deepEqual([name, region, description], ['Contested by me', 'us', 'Typed here']);
});

test('what others save is heard of at once; one may take it and drop what was typed', async (t) => {
  const tenant = await make({ name: 'Heard', region: 'eu' });
  const page = await openWindow(t, world);
  await open(page, `${list}/${tenant.id}/settings`);
  await page.getByLabel('Description').fill('Dropped');
  await page.getByText('Live', { exact: true }).first().waitFor();
  await api('PATCH', `/v1/tenants/${tenant.id}`, { name: 'Heard of' });
  await page.getByText('Someone else changed this meanwhile.').waitFor();
  await heading(page, 'Heard of').waitFor();
  await page.getByRole('button', { name: 'Take theirs' }).click();
  assert.equal(await page.getByLabel('Description').inputValue(), '');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Heard of');
  await page.getByRole('button', { name: 'Save changes', disabled: true }).waitFor();
});

async function act(page, item) {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
  return page.getByRole('alertdialog');
}

test('suspending says what stops, stops it, and activating lets it go on', async (t) => {
  const tenant = await make({ name: 'Paused Ltd' });
  await api('POST', `/v1/tenants/${tenant.id}/members`, { email: 'ann@paused.example', role: 'owner' }, 201);
  const page = await openWindow(t, world);
  await open(page, `${list}/${tenant.id}`);
  // Made after the page was read: the question is asked with the numbers of now.
  const key = await api('POST', `/v1/tenants/${tenant.id}/keys`, { name: 'Backend', scopes: ['member:read'] }, 201);
  await decision(key.secret, 'valid');
  let ask = await act(page, 'Suspend');
  await ask.getByText('1 API key stops working').waitFor();
  await ask.getByText('1 member is locked out').waitFor();
  await ask.getByLabel('Reason').fill('Invoice overdue');
  await ask.getByRole('button', { name: 'Suspend tenant' }).click();
  await ask.waitFor({ state: 'detached' });
  await page.getByText(/^Suspended: its members and keys are refused/).waitFor();
  await page.getByText('Reason: Invoice overdue').waitFor();
  await decision(key.secret, 'tenant_suspended');
  const suspended = await read(tenant.id);
  assert.deepEqual([suspended.status, suspended.status_reason], ['suspended', 'Invoice overdue']);
  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  ask = page.getByRole('alertdialog');
  await ask.getByText('1 API key works again').waitFor();
  await ask.getByRole('button', { name: 'Activate tenant' }).click();
  await page.getByText(/^Suspended: /).waitFor({ state: 'detached' });
  await decision(key.secret, 'valid');
});

test('a tenant is archived, activated, deleted by typing its slug, and restored', async (t) => {
  const tenant = await make({ name: 'Round Trip' });
  const key = await api('POST', `/v1/tenants/${tenant.id}/keys`, { name: 'Backend', scopes: ['member:read'] }, 201);
  const page = await openWindow(t, world);
  await open(page, `${list}/${tenant.id}`);
  let ask = await act(page, 'Archive');
  await ask.getByRole('button', { name: 'Archive tenant' }).click();
  await page.getByText(/^Archived: kept for reference/).waitFor();
  await decision(key.secret, 'tenant_not_active');
  ask = await act(page, 'Activate');
  await ask.getByRole('button', { name: 'Activate tenant' }).click();
  await page.getByText(/^Archived: /).waitFor({ state: 'detached' });
  assert.equal((await read(tenant.id)).status, 'active');

  ask = await act(page, 'Delete');
  await ask.getByText(/It can be restored until/).waitFor();
  const yes = ask.getByRole('button', { name: 'Delete tenant' });
  assert.ok(await yes.isDisabled());
  await ask.getByLabel(/^Type/).fill('round');
  assert.ok(await yes.isDisabled(), 'half of the word is not the word');
  await ask.getByLabel(/^Type/).fill(tenant.slug);
  await yes.click();
  await page.getByText(/^Deleted: nothing of it can be used/).waitFor();
  assert.equal((await read(tenant.id)).status, 'deleted');
  await open(page, `${list}?q=round+trip`);
  await page.getByRole('heading', { name: 'No tenant matches' }).waitFor();
  await choose(page, 'Status', 'Deleted');
  await page.getByRole('link', { name: 'Round Trip' }).click();
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Restore tenant' }).click();
  await page.getByText(/^Deleted: /).waitFor({ state: 'detached' });
  assert.equal((await read(tenant.id)).status, 'active');
  await decision(key.secret, 'valid');
});

test('what stands below must go first: deleting says so, and the refusal stands in the question', async (t) => {
  const tenant = await make({ name: 'Not Alone' });
  await make({ name: 'Below It', parent_id: tenant.id });
  const page = await openWindow(t, world, { expected: [409] });
  await open(page, `${list}/${tenant.id}/settings`);
  await page.getByRole('region', { name: 'Danger zone' }).getByRole('button', { name: 'Delete' }).click();
  const ask = page.getByRole('alertdialog');
  await ask.getByText('1 tenant below must be moved or deleted first').waitFor();
  await ask.getByLabel(/^Type/).fill(tenant.slug);
  await ask.getByRole('button', { name: 'Delete tenant' }).click();
  await ask.getByRole('alert').filter({ hasText: /Move or delete|not deleted|children/i }).waitFor();
  assert.equal((await read(tenant.id)).status, 'active');
});

// Selects all that are shown, and asks for something.
async function many(page, plan, verb) {
  await open(page, `${list}?plan=${plan}`);
  await page.getByRole('checkbox', { name: 'Select all rows shown' }).click();
  const bar = page.getByRole('region', { name: 'Selected tenants' });
  if (await bar.getByRole('button', { name: verb, exact: true }).count()) await bar.getByRole('button', { name: verb, exact: true }).click();
  else {
    await bar.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: verb, exact: true }).click();
  }
  return page.getByRole('dialog');
}

test('many are suspended at once: some are skipped, one fails and is tried again', async (t) => {
  const tenants = [];
  for (let one = 1; one <= 5; one += 1) tenants.push(await make({ name: `Bulk ${one}`, plan: 'bulk' }));
  await api('POST', `/v1/tenants/${tenants[4].id}/suspend`, {});
  const page = await openWindow(t, world, { expected: [500] });
  const problem = { type: 'about:blank', title: 'Internal error', status: 500, code: 'internal_error', detail: 'The disk made a noise.' };
  await page.route(`**/v1/tenants/${tenants[1].id}/suspend`, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(problem) }), { times: 1 });
  const dialog = await many(page, 'bulk', 'Suspend');
  await dialog.getByText('4 tenants will change.').waitFor();
  await dialog.getByText('1 tenant is left as it is:').waitFor();
  await dialog.getByText('1 is suspended').waitFor();
  await dialog.getByLabel('Reason').fill('Audit');
  await dialog.getByRole('button', { name: 'Suspend 4 tenants' }).click();
  await dialog.getByText('3 changed, 1 failed, 1 not changed').waitFor();
  const report = dialog.getByRole('list', { name: 'How it went' });
  const first = await report.getByRole('listitem').first().innerText();
  assert.match(first, /Bulk 2[^]*Failed[^]*The disk made a noise/, 'what failed comes first');
  await dialog.getByRole('button', { name: 'Copy as CSV' }).click();
  await dialog.getByRole('button', { name: 'Copied' }).waitFor();
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).split('\r\n');
  assert.equal(lines[0], 'id,name,outcome,detail');
  assert.equal(lines.length, 6);
  assert.ok(lines.includes(`${tenants[1].id},Bulk 2,Failed,The disk made a noise.`), lines.join('\n'));
  assert.ok(lines.includes(`${tenants[4].id},Bulk 5,Skipped,is suspended`), lines.join('\n'));
  await dialog.getByRole('button', { name: 'Try 1 failed one again' }).click();
  await dialog.getByText('4 changed, 1 not changed').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  for (const { id } of tenants) assert.equal((await read(id)).status, 'suspended');
  assert.equal((await read(tenants[0].id)).status_reason, 'Audit');
  await page.getByRole('region', { name: 'Selected tenants' }).waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.querySelectorAll('[role=row]').length === 6 && !/Active/.test(document.querySelector('[role=table]').innerText));
});

test('many at once can be stopped, and gone on with', async (t) => {
  const tenants = [];
  for (let one = 1; one <= 7; one += 1) tenants.push(await make({ name: `Stop ${one}`, plan: 'stop' }));
  const page = await openWindow(t, world);
  const held = [];
  let holding = true;
  await page.route('**/v1/tenants/*/archive', (route) => (holding ? void held.push(route) : route.continue()));
  const dialog = await many(page, 'stop', 'Archive');
  await dialog.getByRole('button', { name: 'Archive 7 tenants' }).click();
  await dialog.getByText('0 of 7 done').waitFor();
  await dialog.getByRole('progressbar', { name: 'Progress' }).waitFor();
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await dialog.getByText('Stopping after those under way…').waitFor();
  assert.equal(held.length, 4, 'four at a time');
  holding = false;
  await Promise.all(held.map((route) => route.continue()));
  await dialog.getByText('4 changed, 3 not changed').waitFor();
  const archived = async () => (await Promise.all(tenants.map(({ id }) => read(id)))).filter(({ status }) => status === 'archived').length;
  assert.equal(await archived(), 4);
  await dialog.getByRole('button', { name: 'Go on with 3' }).click();
  await dialog.getByText('7 changed', { exact: true }).waitFor();
  assert.equal(await archived(), 7);
});

test('many get another plan; many are deleted after the word is typed', async (t) => {
  const parent = await make({ name: 'Lock Over', plan: 'over', inheritance: { plan: 'lock' } });
  const [one, two] = [await make({ name: 'Replan 1', plan: 'replan' }), await make({ name: 'Replan 2', plan: 'replan' })];
  await make({ name: 'Replan Locked', parent_id: parent.id });
  const page = await openWindow(t, world);
  let dialog = await many(page, 'replan', 'Change plan');
  await dialog.getByLabel('Plan').fill('No plan');
  await dialog.getByRole('button', { name: /^Change/ }).click();
  await dialog.getByText(/^Lower-case letters/).waitFor();
  await dialog.getByLabel('Plan').fill('replanned');
  await dialog.getByRole('button', { name: 'Change 2 tenants' }).click();
  await dialog.getByText('2 changed', { exact: true }).waitFor();
  assert.deepEqual([(await read(one.id)).plan, (await read(two.id)).plan], ['replanned', 'replanned']);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  dialog = await many(page, 'over', 'Change plan');
  await dialog.getByLabel('Plan').fill('other');
  await dialog.getByText('1 a tenant above it locks its plan').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  dialog = await many(page, 'replanned', 'Delete');
  await dialog.getByRole('button', { name: 'Delete 2 tenants' }).click();
  await dialog.getByText('Type delete, so that nothing is deleted by a slip.').waitFor();
  assert.equal((await read(one.id)).status, 'active');
  await dialog.getByLabel('Type delete to confirm').fill('delete');
  await dialog.getByRole('button', { name: 'Delete 2 tenants' }).click();
  await dialog.getByText('2 changed', { exact: true }).waitFor();
  assert.deepEqual([(await read(one.id)).status, (await read(two.id)).status], ['deleted', 'deleted']);
});
