// Roles: the matrix, conditions, and what an access check makes of them.

import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../tests/interop/support/carcosa.js';
import { dashboard, heading, openWindow, settled } from './support/browser.js';

const world = dashboard();
const project = '/p/cardvault';

const get = (path) => world.server.call('GET', path, undefined, 200);
const post = (path, body, status = 201) => world.server.call('POST', path, body, status);
const patch = (path, body) => world.server.call('PATCH', path, body, 200);
const makeRole = (key, more = {}) => post('/v1/roles', { key, name: key[0].toUpperCase() + key.slice(1), permissions: ['tenant:read'], ...more });
const given = async (role) => (await get(`/v1/roles/${role.id}`)).permissions;

const said = (page, text) => page.getByRole('region', { name: 'Notifications' }).getByText(text);
const cell = (page, scope, role) => page.getByRole('checkbox', { name: `${scope} for ${role}`, exact: true });
async function choose(page, control, text) {
  await control.click();
  await page.getByRole('option', { name: new RegExp(`^${text}`) }).click();
}
async function pick(page, field, typed, option) {
  await field.fill(typed);
  await page.getByRole('option', { name: option }).click();
}
const review = (page) => page.getByRole('button', { name: 'Review and save' }).click();
const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));

// Walks the matrix until the focus is where it is wanted.
async function walk(page, key, wanted) {
  for (let steps = 0; steps < 40; steps += 1) {
    if (wanted.test(await focused(page))) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${key} does not lead to ${wanted}, but to ${await focused(page)}`);
}

test('the matrix is worked by keyboard; saving shows the difference first, and really changes the role', async (t) => {
  const role = await makeRole('clerk', { permissions: ['tenant:read', 'member:read'] });
  const page = await openWindow(t, world);
  await page.goto(`${project}/roles?q=member`);
  await cell(page, 'member:*', 'Viewer').focus();
  await walk(page, 'ArrowRight', / for Clerk$/);
  await walk(page, 'ArrowDown', /^member:create /);
  await page.keyboard.press('Space');
  await cell(page, 'member:create', 'Clerk').and(page.getByRole('checkbox', { checked: true })).waitFor();
  await walk(page, 'ArrowUp', /^member:read /);
  await page.keyboard.press('Space');
  await page.keyboard.press('Home');
  assert.equal(await focused(page), 'member:read for Viewer');
  await page.keyboard.press('Control+Home');
  assert.match(await focused(page), /^member:\* for Viewer$|^\* for Viewer$/);
  // One tab stop: the next one is behind the matrix.
  await page.keyboard.press('Tab');
  assert.doesNotMatch((await focused(page)) ?? '', / for /);
  await page.getByRole('region', { name: '1 role changed' }).waitFor();
  await review(page);
  const dialog = page.getByRole('dialog', { name: 'Save changes of 1 role' });
  const section = dialog.getByRole('region', { name: 'Clerk' });
  await section.getByText('+ member:create').waitFor();
  await section.getByText('− member:read').waitFor();
  assert.deepEqual(await given(role), ['tenant:read', 'member:read'], 'nothing is saved yet');
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await said(page, '1 role saved.').waitFor();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual((await given(role)).sort(), ['member:create', 'tenant:read']);
  await page.reload();
  await cell(page, 'member:create', 'Clerk').and(page.getByRole('checkbox', { checked: true })).waitFor();
});

test('a wildcard covers what it gives; built-in roles are to be read only', async (t) => {
  const role = await makeRole('wild', { permissions: ['organization:read'] });
  const page = await openWindow(t, world);
  await page.goto(`${project}/roles?q=organization`);
  const [all, read, create] = ['organization:*', 'organization:read', 'organization:create'].map((scope) => cell(page, scope, 'Wild'));
  await all.waitFor();
  assert.equal(await all.getAttribute('aria-checked'), 'mixed');
  await all.click();
  for (const one of [read, create]) {
    assert.equal(await one.getAttribute('aria-checked'), 'true');
    assert.equal(await one.getAttribute('aria-disabled'), 'true');
    assert.equal(await one.getAttribute('title'), 'Given by organization:*');
  }
  await create.click({ force: true });
  assert.equal(await create.getAttribute('aria-checked'), 'true', 'what is covered stays');
  // Taken away again, it leaves what was there, and nothing to save.
  await all.click();
  assert.equal(await create.getAttribute('aria-checked'), 'false');
  assert.equal(await read.getAttribute('aria-disabled'), 'false');
  assert.equal(await page.getByRole('region', { name: /changed$/ }).count(), 0);
  await all.click();
  await review(page);
  await page.getByRole('dialog').getByText('+ organization:*').waitFor();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await said(page, '1 role saved.').waitFor();
  assert.ok((await given(role)).includes('organization:*'));
  const tenant = await post('/v1/tenants', { name: 'Wildcards' });
  const { user } = await post(`/v1/tenants/${tenant.id}/members`, { email: 'w@wild.example', role: 'wild' });
  const ask = (permission) => post('/v1/access/check', { user: user.id, tenant: tenant.id, permission }, 200);
  assert.equal((await ask('organization:delete')).allowed, true);
  assert.equal((await ask('key:read')).allowed, false);

  const fixed = cell(page, 'organization:delete', 'Viewer');
  assert.equal(await fixed.getAttribute('aria-disabled'), 'true');
  await fixed.click({ force: true });
  assert.equal(await fixed.getAttribute('aria-checked'), 'false');
  assert.equal(await page.getByRole('region', { name: /changed$/ }).count(), 0);
  await page.getByRole('grid').getByRole('link', { name: 'Viewer' }).click();
  await heading(page, 'Viewer').waitFor();
  await page.getByText('it cannot be changed or deleted').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0);
  assert.equal(await page.locator('main').getByRole('checkbox', { disabled: false }).count(), 0);
});

test('a role that somebody else saved meanwhile is not written over', async (t) => {
  const role = await makeRole('contested');
  const page = await openWindow(t, world, { expected: [412] });
  await page.goto(`${project}/roles?q=share`);
  await cell(page, 'share:read', 'Contested').click();
  await review(page);
  const dialog = page.getByRole('dialog');
  await dialog.getByText('+ share:read').waitFor();
  // Someone else is faster, by as little as can be.
  let others = 0;
  await page.route(`**/v1/roles/${role.id}`, async (route) => {
    if (route.request().method() === 'PATCH' && (others += 1) === 1) await patch(`/v1/roles/${role.id}`, { permissions: ['key:read'] });
    await route.continue();
  });
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await dialog.getByText('Changed meanwhile').waitFor();
  assert.deepEqual(await given(role), ['key:read']);
  await dialog.getByRole('button', { name: 'Take the new state' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.waitForFunction((name) => document.querySelector(`[aria-label="${name}"]`)?.getAttribute('aria-checked') === 'false', 'share:read for Contested');
  // Begun anew, it is saved over the new state.
  await cell(page, 'share:read', 'Contested').click();
  await review(page);
  await dialog.getByRole('button', { name: 'Save changes' }).click();
  await said(page, '1 role saved.').waitFor();
  assert.deepEqual((await given(role)).sort(), ['key:read', 'share:read']);
});

test('what is changed elsewhere while one edits is said before saving', async (t) => {
  const role = await makeRole('watched');
  const page = await openWindow(t, world);
  await page.goto(`${project}/roles?q=webhook`);
  await cell(page, 'webhook:read', 'Watched').click();
  await patch(`/v1/roles/${role.id}`, { description: 'Changed elsewhere' });
  await review(page);
  await page.getByText('Someone else saved this role after you began; saving it will be refused.').waitFor();
  await page.getByRole('button', { name: 'Take the new state' }).click();
  await page.getByRole('region', { name: '1 role changed' }).waitFor({ state: 'detached' });
  assert.deepEqual(await given(role), ['tenant:read']);
});

test('unsaved changes ask before another page forgets them, in the matrix and on the page of a role', async (t) => {
  const role = await makeRole('unsaved');
  const page = await openWindow(t, world);
  await page.goto(`${project}/roles?q=audit`);
  await cell(page, 'audit:read', 'Unsaved').click();
  // Another view of the same is no other page.
  await page.getByRole('tab', { name: 'List' }).click();
  await page.getByRole('region', { name: '1 role changed' }).waitFor();
  const ask = page.getByRole('alertdialog', { name: 'Leave without saving?' });
  const users = page.getByRole('navigation').getByRole('link', { name: 'Users' });
  await users.click();
  await ask.getByRole('button', { name: 'Keep editing' }).click();
  await ask.waitFor({ state: 'detached' });
  await page.getByRole('region', { name: '1 role changed' }).waitFor();
  await users.click();
  await ask.getByRole('button', { name: 'Discard changes' }).click();
  await heading(page, 'Users').waitFor();

  await page.goto(`${project}/roles/${role.id}`);
  await page.getByLabel('Name', { exact: true }).fill('Renamed');
  await page.getByRole('checkbox', { name: /^audit:read/ }).click();
  await users.click();
  await ask.getByRole('button', { name: 'Keep editing' }).click();
  await ask.waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Renamed');
  await users.click();
  await ask.getByRole('button', { name: 'Discard changes' }).click();
  await heading(page, 'Users').waitFor();
  const { name, permissions } = await get(`/v1/roles/${role.id}`);
  assert.deepEqual([name, permissions], ['Unsaved', ['tenant:read']]);
});

test('a role is created from another one, with a key made of its name; a taken key is refused at its field', async (t) => {
  await makeRole('night_team');
  const page = await openWindow(t, world, { expected: [409] });
  await page.goto(`${project}/roles?new=1`);
  const dialog = page.getByRole('dialog', { name: 'Create role' });
  await dialog.getByLabel('Name').fill('Night Team');
  await choose(page, dialog.getByRole('combobox', { name: 'Start from' }), 'Manager');
  await dialog.getByRole('button', { name: 'Create role' }).click();
  const key = dialog.getByLabel('Key');
  await page.waitForFunction(() => document.querySelector('[role=dialog] [aria-invalid=true]'));
  assert.equal(await key.getAttribute('aria-invalid'), 'true');
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Night Team');
  await key.fill('night_team_2');
  await dialog.getByRole('button', { name: 'Create role' }).click();
  await heading(page, 'Night Team').waitFor();
  const { data } = await get('/v1/roles?limit=100');
  const byKey = (wanted) => data.find((one) => one.key === wanted);
  assert.deepEqual(byKey('night_team_2').permissions.sort(), byKey('manager').permissions.sort());
});

test('the parts of a role are saved one by one, and do not stand in each other’s way', async (t) => {
  const role = await makeRole('parts');
  const page = await openWindow(t, world, { expected: [412] });
  await page.goto(`${project}/roles/${role.id}`);
  // Two forms are begun; one is saved; the other goes on.
  await page.getByRole('checkbox', { name: /^share:read/ }).click();
  await page.getByRole('textbox', { name: 'Description optional' }).fill('Does its part');
  const save = (field) => page.locator('form').filter({ has: field }).getByRole('button', { name: 'Save' });
  await save(page.getByRole('textbox', { name: 'Description optional' })).click();
  await page.getByRole('main').getByText('Does its part').first().waitFor();
  await settled(page);
  assert.equal(await page.getByText('Someone else changed this meanwhile').count(), 0);
  await page.getByText('Added: share:read. Removed: –.').waitFor();
  // Enter in the filter is no Enter in the form.
  await page.getByRole('searchbox', { name: 'Filter permissions' }).fill('share');
  await page.keyboard.press('Enter');
  await page.getByRole('checkbox', { name: /^tenant:read/ }).waitFor({ state: 'detached' });
  assert.deepEqual(await given(role), ['tenant:read']);
  const permissions = page.getByRole('checkbox', { name: /^share:read/ });
  await save(permissions).click();
  await page.getByText('Added: share:read. Removed: –.').waitFor({ state: 'detached' });
  const saved = await get(`/v1/roles/${role.id}`);
  assert.deepEqual([saved.permissions.sort(), saved.description], [['share:read', 'tenant:read'], 'Does its part']);

  // When the same part changes elsewhere, the reader decides before anything is saved.
  await permissions.click();
  await patch(`/v1/roles/${role.id}`, { permissions: ['key:read'] });
  await page.getByText('Someone else changed this meanwhile').waitFor();
  await save(permissions).click();
  await page.getByRole('alert').getByText('key:read').waitFor();
  await page.getByRole('button', { name: 'Take theirs' }).click();
  await page.getByRole('searchbox', { name: 'Filter permissions' }).fill('key:read');
  await page.getByRole('checkbox', { name: /^key:read/, checked: true }).waitFor();
  assert.deepEqual(await given(role), ['key:read']);
});

test('conditions are said in words before they are saved, and in the list after it', async (t) => {
  const role = await makeRole('careful');
  const page = await openWindow(t, world);
  await page.goto(`${project}/roles/${role.id}`);
  await page.getByText('This role always gives its permissions.').waitFor();
  await choose(page, page.getByRole('combobox', { name: 'Second factor' }), 'Signed in with one');
  await page.getByLabel('Plans of the tenant').fill('pro');
  await page.keyboard.press('Enter');
  const sentence = 'This role gives its permissions only to people who signed in with a second factor and in tenants on pro.';
  await page.getByText(sentence).waitFor();
  const addresses = page.getByLabel('Addresses of the caller');
  await addresses.fill('10.0.0.0/99');
  await page.keyboard.press('Enter');
  const form = page.locator('form').filter({ has: addresses });
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('No address or network: 10.0.0.0/99').waitFor();
  await page.getByRole('button', { name: 'Remove 10.0.0.0/99' }).click();
  await page.getByLabel('Hours of the day: from').fill('22:00');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Give both times, or none.').waitFor();
  await page.getByLabel('Until').fill('06:00');
  await page.getByText('every day from 22:00 until 06:00 of the next day (UTC)').waitFor();
  await form.getByRole('button', { name: 'Save' }).click();
  await page.waitForFunction(() => [...document.querySelectorAll('form button[type=submit]')].every((one) => one.disabled));
  const { conditions } = await get(`/v1/roles/${role.id}`);
  assert.equal(conditions.mfa, true);
  assert.deepEqual(conditions.plans, ['pro']);
  assert.deepEqual([conditions.hours.from, conditions.hours.to], ['22:00', '06:00']);
  await page.goto(`${project}/roles?view=list`);
  await page.getByRole('row').filter({ hasText: 'Careful' }).getByText('second factor · plan pro · every day 22:00–06:00 (UTC)').waitFor();
});

test('a role is not deleted while it is held, and is when it is not', async (t) => {
  const role = await makeRole('holder');
  const tenant = await post('/v1/tenants', { name: 'Holding' });
  const member = await post(`/v1/tenants/${tenant.id}/members`, { email: 'h@hold.example', role: 'holder' });
  const page = await openWindow(t, world, { expected: [409] });
  await page.goto(`${project}/roles/${role.id}`);
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete…' }).click();
  const ask = page.getByRole('alertdialog', { name: 'Delete the role Holder?' });
  const yes = ask.getByRole('button', { name: 'Delete role' });
  assert.ok(await yes.isDisabled());
  await ask.getByRole('textbox').fill('holder');
  await yes.click();
  await ask.getByText('Memberships or pending invitations name the role.').waitFor();
  await get(`/v1/roles/${role.id}`);
  await patch(`/v1/tenants/${tenant.id}/members/${member.id}`, { role: 'viewer' });
  await yes.click();
  await said(page, 'The role Holder is deleted.').waitFor();
  await heading(page, 'Roles').waitFor();
  await world.server.call('GET', `/v1/roles/${role.id}`, undefined, 404);
});

test('a role of one tenant is reached from its tenant, from the log, and by its bare id', async (t) => {
  const tenant = await post('/v1/tenants', { name: 'Own Roles' });
  const role = await post(`/v1/tenants/${tenant.id}/roles`, { key: 'local', name: 'Local Hero', permissions: ['tenant:read'] });
  // Who has the id alone asks the project first.
  const page = await openWindow(t, world, { expected: [404] });
  await page.goto(`${project}/tenants/${tenant.id}/roles`);
  await page.getByRole('grid').getByRole('link', { name: 'Local Hero' }).click();
  await heading(page, 'Local Hero').waitFor();
  const address = page.url();
  assert.ok(address.endsWith(`/roles/${role.id}?tenant=${tenant.id}`), address);

  await page.goto(`${project}/log?target=${role.id}`);
  await page.getByRole('table').getByRole('link', { name: 'Local Hero' }).click();
  await heading(page, 'Local Hero').waitFor();
  assert.equal(page.url(), address);

  await page.goto(project);
  await settled(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search and commands' }).fill(role.id);
  await page.getByRole('option', { name: `Open ${role.id}` }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'Local Hero').waitFor();
  await page.getByRole('textbox', { name: 'Description optional' }).fill('Known here alone');
  await page.locator('form').filter({ has: page.getByRole('textbox', { name: 'Description optional' }) }).getByRole('button', { name: 'Save' }).click();
  const saved = async () => (await get(`/v1/tenants/${tenant.id}/roles/${role.id}`)).description === 'Known here alone';
  await until('the description', 10_000, saved);
});

// What has to be so that the answer is this; the question; words of the answer.
async function situations() {
  const tenant = async (name, policy) => {
    const one = await post('/v1/tenants', { name });
    if (policy) await patch(`/v1/tenants/${one.id}/security-policy`, policy);
    return one;
  };
  let people = 0;
  const member = async (at, more = {}) =>
    post(`/v1/tenants/${at.id}/members`, { email: `p${(people += 1)}@verdict.example`, name: `Person ${people}`, role: 'member', ...more });
  const ask = (at, one, more = {}) => ({ tenant: at.id, user: one.user.id, permission: 'tenant:read', ...more });

  const plain = await tenant('Plain');
  const child = await post('/v1/tenants', { name: 'Child', parent_id: plain.id });
  const organization = await post(`/v1/tenants/${plain.id}/organizations`, { name: 'Grading' });
  const role = await makeRole('verdict', { conditions: { mfa: true } });
  const anyone = await member(plain);
  const above = await member(plain, { includes_children: true });
  const confined = await member(plain, { organization_id: organization.id });
  const conditional = await member(plain, { role: role.key });
  const off = await member(plain);
  await patch(`/v1/tenants/${plain.id}/members/${off.id}`, { status: 'disabled' });
  const disabled = await member(plain);
  await post(`/v1/users/${disabled.user.id}/disable`, undefined, 200);
  const suspended = await tenant('Paused');
  const inSuspended = await member(suspended);
  await post(`/v1/tenants/${suspended.id}/suspend`, { reason: 'Late' }, 200);
  const archived = await tenant('Closed');
  const inArchived = await member(archived);
  await post(`/v1/tenants/${archived.id}/archive`, undefined, 200);
  const strict = {
    mfa_required: await tenant('Factor', { mfa_required: true }),
    sign_in_method_not_allowed: await tenant('Method', { sign_in_methods: ['sso'] }),
    session_too_old: await tenant('Session', { max_session_seconds: 300 }),
    address_not_allowed: await tenant('Address', { allowed_ips: ['203.0.113.0/24'] }),
  };
  const facts = {
    mfa_required: { mfa: 'no' },
    sign_in_method_not_allowed: { method: 'password' },
    session_too_old: { signed_in_at: '2020-01-01T00:00:00Z' },
    address_not_allowed: { ip: '198.51.100.1' },
  };
  const policies = [];
  for (const [reason, at] of Object.entries(strict)) {
    policies.push({ reason, query: ask(at, await member(at), facts[reason]), words: `A role gives it, but ${at.name}` });
  }
  const none = '0'.repeat(26);
  return [
    { reason: 'granted', query: ask(plain, anyone), words: 'The role Member gives it.' },
    { reason: 'granted', query: ask(child, above), words: 'held in Plain, a tenant above this one' },
    { reason: 'granted', query: ask(plain, confined, { organization: organization.id }), words: 'The role Member gives it.' },
    { reason: 'granted', query: ask(plain, conditional, { mfa: 'yes' }), words: 'The role Verdict gives it.' },
    { reason: 'granted', query: ask(strict.address_not_allowed, await member(strict.address_not_allowed), { ip: '203.0.113.7' }), words: 'gives it.' },
    { reason: 'tenant_not_found', query: { ...ask(plain, anyone), tenant: `ten_${none}` }, words: 'There is no such tenant' },
    { reason: 'tenant_suspended', query: ask(suspended, inSuspended), words: 'Paused is suspended' },
    { reason: 'tenant_not_active', query: ask(archived, inArchived), words: 'Closed is pending, archived or deleted' },
    { reason: 'user_not_found', query: { ...ask(plain, anyone), user: `usr_${none}` }, words: 'There is no such user' },
    { reason: 'user_disabled', query: ask(plain, disabled), words: 'is disabled, and may do nothing in any tenant' },
    { reason: 'not_a_member', query: ask(child, anyone), words: 'is no member of Child' },
    { reason: 'membership_disabled', query: ask(plain, off), words: 'in Plain is disabled.' },
    { reason: 'other_organization', query: ask(plain, confined), words: 'The role Member is limited to an organization' },
    { reason: 'condition_not_met', query: ask(plain, conditional, { mfa: 'no' }), words: 'its condition “second factor” does not hold' },
    { reason: 'permission_not_granted', query: ask(plain, anyone, { permission: 'tenant:update' }), words: 'The role Member does not give tenant:update' },
    ...policies,
  ];
}

test('every verdict of an access check is explained, and its address asks the same again', { timeout: 90_000 }, async (t) => {
  const page = await openWindow(t, world, { expected: [404] });
  const seen = new Set();
  for (const { reason, query, words } of await situations()) {
    const address = `${project}/access?${new URLSearchParams(query)}`;
    await page.goto(address);
    const main = page.getByRole('main');
    await main.getByText(words).first().waitFor().catch(() => main.innerText().then((text) => assert.fail(`${reason} ${address}: ${text}`)));
    await main.getByText(reason, { exact: true }).waitFor();
    const answer = reason === 'granted' ? /^Yes\. / : /^No\. /;
    await main.getByText(answer).waitFor();
    assert.equal(new URL(page.url()).search, new URL(address, page.url()).search, 'the page leaves the question as it is');
    seen.add(reason);
  }
  assert.equal(seen.size, 15);
});

test('a question is asked by hand; its address is the question, and the command asks the same', async (t) => {
  const tenant = await post('/v1/tenants', { name: 'Asked Here', plan: 'pro' });
  const role = await makeRole('handmade', { conditions: { mfa: true } });
  await post(`/v1/tenants/${tenant.id}/members`, { email: 'q@hand.example', name: 'Quinn Hand', role: role.key });
  const page = await openWindow(t, world);
  await page.goto(`${project}/access`);
  await page.getByText('Choose a user, a tenant and a permission').waitFor();
  await pick(page, page.getByRole('combobox', { name: 'User' }), 'quinn', /^Quinn Hand/);
  await pick(page, page.getByRole('combobox', { name: 'Permission' }), 'tenant:read', /^tenant:read/);
  await pick(page, page.getByRole('combobox', { name: 'Tenant' }), 'asked', /^Asked Here/);
  await page.getByText('condition_not_met', { exact: true }).waitFor();
  await choose(page, page.getByRole('combobox', { name: 'Second factor' }), 'Yes');
  await page.getByText('Yes. Quinn Hand may').waitFor();
  const ip = page.getByLabel('Address', { exact: true });
  await ip.fill('203.0.113');
  await page.getByText('This is no IP address yet').waitFor();
  await ip.fill('203.0.113.7');
  await page.waitForURL(/ip=203\.0\.113\.7/);
  const command = await page.getByRole('region', { name: 'command' }).innerText();
  for (const part of ['/v1/access/check', '"mfa": true', '"ip": "203.0.113.7"', '"permission": "tenant:read"']) assert.ok(command.includes(part), part);

  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByText('Yes. Quinn Hand may').waitFor();
  assert.equal(await other.getByRole('combobox', { name: 'User' }).inputValue(), 'Quinn Hand');
  assert.equal(await other.getByRole('combobox', { name: 'Tenant' }).inputValue(), 'Asked Here');
  // What the answer rests on is one step away.
  await other.getByRole('link', { name: 'Handmade' }).click();
  await heading(other, 'Handmade').waitFor();
});
