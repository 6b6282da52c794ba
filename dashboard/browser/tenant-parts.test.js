// The pages of one tenant: reached by any of its names; its place and what it inherits; its policy, organizations and shares.

import assert from 'node:assert/strict';
import test from 'node:test';
import { dashboard, heading, openWindow, settled } from './support/browser.js';

const world = dashboard();
const list = '/p/cardvault/tenants';
const api = (method, path, body, status = 200) => world.server.call(method, path, body, status);
const make = (body) => api('POST', '/v1/tenants', body, 201);
const read = (id) => api('GET', `/v1/tenants/${id}`);

async function open(page, path) {
  await page.goto(path);
  await settled(page);
}

async function pick(page, field, text, option) {
  await field.fill(text);
  await page.getByRole('option', { name: option }).click();
}

const deaf = (page) => page.route('**/v1/events/stream*', () => undefined);

const TABS = ['', 'members', 'invitations', 'organizations', 'hierarchy', 'roles', 'keys', 'webhooks', 'shares', 'activity', 'security', 'settings'];

for (const [how, name] of [
  ['slug', 'slug:linked'],
  ['former slug', 'slug:linked-once'],
  ['external id', 'ext:CRM/42 ä#1?'],
]) {
  test(`every page of a tenant is reached by its ${how}`, async (t) => {
    const made = await api('GET', '/v1/tenants/slug:linked', undefined, 200).catch(() => make({ name: 'Linked Deeply', slug: 'linked-once', external_id: 'CRM/42 ä#1?' }));
    if (made.slug !== 'linked') await api('PATCH', `/v1/tenants/${made.id}`, { slug: 'linked' });
    const page = await openWindow(t, world);
    // The former slug leads where the others do: one page tells.
    for (const tab of how === 'former slug' ? ['', 'members'] : TABS) {
      const path = `${list}/${encodeURIComponent(name)}${tab === '' ? '' : `/${tab}`}`;
      await open(page, path);
      await heading(page, 'Linked Deeply').waitFor();
      const current = page.getByRole('navigation', { name: 'Parts of the tenant' }).locator('[aria-current=page]');
      assert.equal(new URL(await current.getAttribute('href'), world.server.url).pathname, new URL(path, world.server.url).pathname, `${path}: its tab is the current one`);
      assert.equal(await page.getByText('This could not be loaded').count(), 0, path);
      assert.ok((await page.locator('main').innerText()).length > 150, `${path} is nearly blank`);
    }
  });
}

test('a tenant that is not there says so and leads back', async (t) => {
  const page = await openWindow(t, world, { expected: [404] });
  await page.goto(`${list}/slug:nobody/members`);
  await page.getByRole('heading', { name: 'No such tenant' }).waitFor();
  await page.getByRole('link', { name: 'All tenants' }).click();
  await heading(page, 'Tenants').waitFor();
});

test('the overview counts what there is, and each number leads to it', async (t) => {
  const tenant = await make({ name: 'Counted', description: 'Who counts' });
  const other = await make({ name: 'Counted Below', parent_id: tenant.id });
  await api('POST', `/v1/tenants/${tenant.id}/members`, { email: 'ann@counted.example', role: 'owner' }, 201);
  for (const name of ['One', 'Two']) await api('POST', `/v1/tenants/${tenant.id}/keys`, { name, scopes: ['member:read'] }, 201);
  await api('POST', `/v1/tenants/${other.id}/shares`, { grantee_id: tenant.id, resource: 'folder/counted', role: 'viewer' }, 201);
  const page = await openWindow(t, world);
  await open(page, `${list}/${tenant.id}`);
  for (const [what, count] of [['Members', 1], ['Active API keys', 2], ['Tenants below', 1], ['Shares given', 0], ['Shares received', 1]]) {
    await page.getByRole('link', { name: new RegExp(`^${what}\\s*${count}$`) }).waitFor();
  }
  await page.getByRole('link', { name: /^Shares received/ }).click();
  await page.getByRole('table', { name: 'Shares' }).getByText('folder/counted').waitFor();
  assert.match(page.url(), /shares\?direction=received$/);
});

test('the tree shows what is above and below, and a tenant is moved in it', async (t) => {
  const top = await make({ name: 'Tree Top', plan: 'top' });
  const middle = await make({ name: 'Tree Middle', parent_id: top.id });
  const leaf = await make({ name: 'Tree Leaf', parent_id: middle.id });
  const other = await make({ name: 'Tree Other', plan: 'other' });
  const page = await openWindow(t, world, { expected: [409] });
  await open(page, `${list}/${middle.id}/hierarchy`);
  const tree = page.getByRole('region', { name: 'Hierarchy' });
  await tree.getByRole('link', { name: 'Tree Top' }).waitFor();
  await tree.getByRole('link', { name: 'Tree Leaf' }).waitFor();
  await tree.getByRole('button', { name: 'Tenants below Tree Leaf' }).click();
  await tree.getByText('No tenant below it.').waitFor();

  await tree.getByRole('button', { name: 'Move' }).click();
  let dialog = page.getByRole('dialog', { name: 'Move Tree Middle' });
  await dialog.getByText('Now below Tree Top.').waitFor();
  const field = dialog.getByRole('combobox', { name: 'New parent' });
  await pick(page, field, 'tree leaf', /^Tree Leaf/);
  await dialog.getByRole('button', { name: 'Move tenant' }).click();
  await dialog.getByText(/below itself|descendant|its own/i).waitFor();
  assert.equal(await field.getAttribute('aria-invalid'), 'true', 'the refusal stands at the field');
  assert.equal((await read(middle.id)).parent_id, top.id);
  await pick(page, field, 'tree other', /^Tree Other/);
  await dialog.getByRole('button', { name: 'Move tenant' }).click();
  await dialog.waitFor({ state: 'detached' });
  await tree.getByRole('link', { name: 'Tree Other' }).waitFor();
  assert.equal(await tree.getByRole('link', { name: 'Tree Top' }).count(), 0);
  const values = page.getByRole('table', { name: 'Inherited values' });
  await values.getByRole('row', { name: /^Plan other/ }).waitFor();
  assert.equal((await read(leaf.id)).plan, 'other', 'what is inherited went along');

  await tree.getByRole('button', { name: 'Move' }).click();
  dialog = page.getByRole('dialog', { name: 'Move Tree Middle' });
  await dialog.getByRole('checkbox', { name: 'No parent: stand by itself' }).click();
  await dialog.getByRole('button', { name: 'Move tenant' }).click();
  await dialog.waitFor({ state: 'detached' });
  await tree.getByRole('link', { name: 'Tree Other' }).waitFor({ state: 'detached' });
  assert.equal((await read(middle.id)).parent_id, null);

  await tree.getByRole('button', { name: 'Create below' }).click();
  dialog = page.getByRole('dialog');
  assert.equal(await dialog.getByRole('combobox', { name: 'Parent' }).inputValue(), 'Tree Middle');
  await dialog.getByLabel('Name', { exact: true }).fill('Tree Twig');
  await dialog.getByRole('button', { name: 'Create tenant' }).click();
  await heading(page, 'Tree Twig').waitFor();
  assert.equal((await read('slug:tree-twig')).parent_id, middle.id);
  assert.ok(other.id);
});

test('a plan locked at the parent holds below, and each value says where it comes from', async (t) => {
  const parent = await make({ name: 'Lock Parent', plan: 'basic', branding: { primary_color: '#aa0000' } });
  const child = await make({ name: 'Lock Child', plan: 'own', parent_id: parent.id });
  const page = await openWindow(t, world);
  await open(page, `${list}/${child.id}/hierarchy`);
  const values = page.getByRole('table', { name: 'Inherited values' });
  const [plan, branding] = [values.getByRole('row', { name: /^Plan/ }), values.getByRole('row', { name: /^Branding/ })];
  await plan.getByText('its own', { exact: true }).waitFor();
  await branding.getByText('inherited from').waitFor();
  await branding.getByRole('link', { name: 'Lock Parent' }).click();
  await heading(page, 'Lock Parent').waitFor();
  await page.getByRole('link', { name: 'Hierarchy', exact: true }).click();

  await plan.getByRole('button', { name: 'Change plan' }).click();
  const dialog = page.getByRole('dialog', { name: 'Plan' });
  await dialog.getByRole('combobox', { name: 'What holds for this tenant' }).click();
  await page.getByRole('option', { name: 'Its own value, locked for all below' }).click();
  await dialog.getByText('All tenants below get this value').waitFor();
  await dialog.getByLabel('Plan', { exact: true }).fill('enterprise');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await plan.getByText('its own, locked for all below').waitFor();
  const locked = await read(child.id);
  assert.deepEqual([locked.plan, locked.inheritance.plan.locked], ['enterprise', true]);

  await page.getByRole('region', { name: 'Hierarchy' }).getByRole('link', { name: 'Lock Child' }).click();
  await heading(page, 'Lock Child').waitFor();
  await plan.getByText('enterprise').waitFor();
  await plan.getByText('locked by').waitFor();
  await plan.getByText('has no effect while a tenant above locks it').waitFor();
  await page.getByRole('link', { name: 'Settings', exact: true }).and(page.locator('.tab')).click();
  await page.getByText('A tenant above locks the plan: what you set here has an effect once that lock is gone.').waitFor();
  await api('PATCH', `/v1/tenants/${parent.id}`, { inheritance: { plan: 'override' } });
  await open(page, `${list}/${child.id}`);
  await page.getByRole('region', { name: 'Plan and branding' }).getByText('own', { exact: true }).waitFor();
});

test('someone changes the tenant while its plan is decided: the refusal is told, another try goes through', async (t) => {
  const tenant = await make({ name: 'Decided', plan: 'before' });
  const page = await openWindow(t, world, { expected: [412] });
  await deaf(page);
  await open(page, `${list}/${tenant.id}/hierarchy`);
  await page.getByRole('button', { name: 'Change plan' }).click();
  const dialog = page.getByRole('dialog', { name: 'Plan' });
  await dialog.getByLabel('Plan', { exact: true }).fill('after');
  await api('PATCH', `/v1/tenants/${tenant.id}`, { name: 'Decided anew', plan: 'theirs' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Someone else changed this meanwhile.').waitFor();
  assert.equal((await read(tenant.id)).plan, 'theirs', 'nothing was overwritten');
  assert.equal(await dialog.getByLabel('Plan', { exact: true }).inputValue(), 'after', 'nothing typed is lost');
  await page.locator('h1', { hasText: 'Decided anew' }).waitFor();
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual([(await read(tenant.id)).plan, (await read(tenant.id)).name], ['after', 'Decided anew']);
});

test('a security policy says whom it shuts out, is saved, holds, and is shown again', async (t) => {
  const tenant = await make({ name: 'Guarded' });
  await api('POST', `/v1/tenants/${tenant.id}/members`, { email: 'ann@guarded.example', role: 'owner' }, 201);
  const key = await api('POST', `/v1/tenants/${tenant.id}/keys`, { name: 'Backend', scopes: ['member:read'] }, 201);
  const page = await openWindow(t, world, { expected: [422] });
  await open(page, `${list}/${tenant.id}/security`);
  const save = page.getByRole('button', { name: 'Save policy' });
  await page.getByRole('switch', { name: 'Require a second factor' }).click();
  await page.getByText('1 member who did not use a second factor is refused at once').waitFor();
  await page.getByRole('switch', { name: 'Limit the ways of signing in' }).click();
  await save.click();
  await page.getByText('Choose at least one way, or do not limit them.').waitFor();
  await page.getByRole('checkbox', { name: 'Passkey' }).click();
  await page.getByRole('checkbox', { name: 'Single sign-on' }).click();
  await page.getByRole('switch', { name: 'Limit how long a sign-in lasts' }).click();
  await page.getByLabel('Sign in again after').fill('200');
  await page.getByRole('combobox', { name: 'Unit' }).click();
  await page.getByRole('option', { name: 'days' }).click();
  await save.click();
  await page.getByText('Between 5 minutes and 90 days.').waitFor();
  await page.getByLabel('Sign in again after').fill('7');
  await page.getByRole('switch', { name: 'Limit addresses' }).click();
  const addresses = page.getByLabel('Allowed addresses and networks');
  await addresses.fill('300.1.2.3');
  await addresses.press('Enter');
  await save.click();
  await page.getByText(/300\.1\.2\.3|address|network/i).and(page.locator('.field-error')).waitFor();
  assert.equal((await api('GET', `/v1/tenants/${tenant.id}/security-policy`)).mfa_required, false, 'nothing of it is saved');
  await page.getByRole('button', { name: 'Remove 300.1.2.3' }).click();
  await addresses.fill('203.0.113.0/24, 2001:db8::1');
  await addresses.press('Enter');
  await save.click();
  await page.getByText('The policy holds from now on').waitFor();
  const policy = await api('GET', `/v1/tenants/${tenant.id}/security-policy`);
  assert.deepEqual(
    [policy.mfa_required, [...policy.sign_in_methods].sort(), policy.max_session_seconds, policy.allowed_ips],
    [true, ['passkey', 'sso'], 7 * 86_400, ['203.0.113.0/24', '2001:db8::1']],
  );
  const decide = async (ip) => (await api('POST', '/v1/keys/verify', { key: key.secret, ip })).code;
  for (let tries = 0; (await decide('198.51.100.1')) !== 'forbidden_ip'; tries += 1) assert.ok(tries < 100, 'the policy holds for keys');
  assert.equal(await decide('203.0.113.9'), 'valid');
  await page.reload();
  await settled(page);
  await page.getByRole('switch', { name: 'Require a second factor', checked: true }).waitFor();
  await page.getByRole('checkbox', { name: 'Passkey', checked: true }).waitFor();
  await page.getByRole('checkbox', { name: 'Password', checked: false }).waitFor();
  assert.equal(await page.getByLabel('Sign in again after').inputValue(), '7');
  await page.getByRole('combobox', { name: 'Unit' }).filter({ hasText: 'days' }).waitFor();
  await page.getByRole('button', { name: 'Remove 203.0.113.0/24' }).waitFor();
  assert.ok(await save.isDisabled(), 'there is nothing to save');
  await page.getByRole('switch', { name: 'Limit addresses' }).click();
  await page.getByText('The policy asks for less than before. It holds at once.').waitFor();
  await save.click();
  await page.getByText('The policy holds from now on').waitFor();
  assert.deepEqual((await api('GET', `/v1/tenants/${tenant.id}/security-policy`)).allowed_ips, []);
});

test('two people change a policy: the second is told, and keeps what was set', async (t) => {
  const tenant = await make({ name: 'Guarded Twice' });
  const page = await openWindow(t, world, { expected: [412] });
  await deaf(page);
  await open(page, `${list}/${tenant.id}/security`);
  await page.getByRole('switch', { name: 'Limit how long a sign-in lasts' }).click();
  await api('PATCH', `/v1/tenants/${tenant.id}/security-policy`, { mfa_required: true });
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('Someone else changed this meanwhile.').waitFor();
  await page.getByRole('button', { name: 'Keep mine' }).click();
  await page.getByRole('switch', { name: 'Require a second factor', checked: true }).waitFor();
  await page.getByRole('button', { name: 'Save policy' }).click();
  await page.getByText('The policy holds from now on').waitFor();
  const policy = await api('GET', `/v1/tenants/${tenant.id}/security-policy`);
  assert.deepEqual([policy.mfa_required, policy.max_session_seconds], [true, 12 * 3600]);
});

test('organizations are created, changed, and deleted once nobody is limited to them', async (t) => {
  const tenant = await make({ name: 'Divided' });
  const base = `/v1/tenants/${tenant.id}/organizations`;
  const page = await openWindow(t, world, { expected: [409, 412] });
  await open(page, `${list}/${tenant.id}/organizations`);
  await page.getByRole('heading', { name: 'No organizations' }).waitFor();
  await page.getByRole('button', { name: 'Create organization' }).click();
  let dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Sales');
  await dialog.getByLabel('Description').fill('Who sells');
  await dialog.getByRole('textbox', { name: 'Settings' }).fill('{"floor": 3}');
  await dialog.getByRole('button', { name: 'Create organization' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Sales' }).waitFor();
  const [sales] = (await api('GET', base)).data;
  assert.deepEqual([sales.name, sales.description, sales.settings], ['Sales', 'Who sells', { floor: 3 }]);

  await page.getByRole('button', { name: 'Create organization' }).click();
  await dialog.getByLabel('Name').fill('Sales');
  await dialog.getByRole('button', { name: 'Create organization' }).click();
  await dialog.locator('.field-error').waitFor();
  assert.equal(await dialog.getByLabel('Name').getAttribute('aria-invalid'), 'true');
  await dialog.getByLabel('Name').fill('Support');
  await dialog.getByRole('button', { name: 'Create organization' }).click();
  await page.getByRole('link', { name: 'Support' }).waitFor();

  // Opened by its address, as a link of someone else's.
  await open(page, `${list}/${tenant.id}/organizations?open=${sales.id}`);
  const panel = page.getByRole('dialog', { name: 'Sales' });
  await panel.getByText('Who sells').waitFor();
  await panel.getByRole('button', { name: 'Edit' }).click();
  dialog = page.getByRole('dialog', { name: 'Edit organization' });
  await dialog.getByLabel('Description').fill('Who sells well');
  await api('PATCH', `${base}/${sales.id}`, { name: 'Sales and Barter' });
  // Heard of or refused, whichever comes first: the same is said.
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.getByText('Someone else changed this meanwhile.').waitFor();
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Sales and Barter');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const changed = await api('GET', `${base}/${sales.id}`);
  assert.deepEqual([changed.name, changed.description, changed.settings], ['Sales and Barter', 'Who sells well', { floor: 3 }]);

  const member = await api('POST', `/v1/tenants/${tenant.id}/members`, { email: 'ann@divided.example', role: 'member', organization_id: sales.id }, 201);
  const renamed = page.getByRole('dialog', { name: 'Sales and Barter' });
  await renamed.getByRole('button', { name: 'Delete' }).click();
  let ask = page.getByRole('alertdialog');
  await ask.getByText('1 membership is limited to it.').waitFor();
  await ask.getByLabel(/^Type/).fill('Sales and Barter');
  await ask.getByRole('button', { name: 'Delete organization' }).click();
  await ask.getByRole('alert').waitFor();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await api('DELETE', `/v1/tenants/${tenant.id}/members/${member.id}`, undefined, 204);
  await renamed.getByRole('button', { name: 'Delete' }).click();
  ask = page.getByRole('alertdialog');
  await ask.getByText('No membership is limited to it.').waitFor();
  await ask.getByLabel(/^Type/).fill('Sales and Barter');
  await ask.getByRole('button', { name: 'Delete organization' }).click();
  await renamed.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Sales and Barter' }).waitFor({ state: 'detached' });
  assert.deepEqual((await api('GET', base)).data.map(({ name }) => name), ['Support']);
});

test('a resource is shared, seen by the other tenant, and taken back', async (t) => {
  const [owner, friend] = [await make({ name: 'Share Owner' }), await make({ name: 'Share Friend' })];
  const page = await openWindow(t, world, { expected: [409] });
  await open(page, `${list}/${owner.id}/shares`);
  await page.getByRole('heading', { name: 'Nothing shared' }).waitFor();
  await page.getByRole('button', { name: 'Share a resource' }).click();
  const dialog = page.getByRole('dialog');
  const send = dialog.getByRole('button', { name: 'Share', exact: true });
  await dialog.getByLabel('Resource').fill('folder/designs');
  await send.click();
  await dialog.getByText('Choose a tenant.').waitFor();
  await dialog.getByText('Say in which role.').waitFor();
  const grantee = dialog.getByRole('combobox', { name: 'Tenant that may use it' });
  await grantee.fill('share');
  await page.getByRole('option', { name: /^Share Friend/ }).waitFor();
  assert.equal(await page.getByRole('option', { name: /^Share Owner/ }).count(), 0, 'not with itself');
  await page.getByRole('option', { name: /^Share Friend/ }).click();
  await dialog.getByLabel('Role').fill('Viewer');
  await dialog.getByLabel('Ends').fill('2020-01-01T10:00');
  await send.click();
  await dialog.getByText('This lies in the past.').waitFor();
  await dialog.getByLabel('Ends').fill('2099-01-01T10:00');
  await send.click();
  await page.getByText('folder/designs is shared').waitFor();
  const given = page.getByRole('table', { name: 'Shares' }).getByRole('row', { name: /folder\/designs/ });
  await given.getByRole('link', { name: 'Share Friend' }).waitFor();
  const [share] = (await api('GET', `/v1/tenants/${owner.id}/shares`)).data;
  assert.deepEqual([share.grantee_id, share.role, share.expires_at.slice(0, 4)], [friend.id, 'viewer', '2099']);

  await page.getByRole('button', { name: 'Share a resource' }).click();
  await dialog.getByLabel('Resource').fill('folder/designs');
  await pick(page, grantee, 'share friend', /^Share Friend/);
  await dialog.getByLabel('Role').fill('editor');
  await send.click();
  await dialog.getByText('“folder/designs” is shared with that tenant already.').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  await given.getByRole('link', { name: 'Share Friend' }).click();
  await heading(page, 'Share Friend').waitFor();
  await page.getByRole('link', { name: 'Shares', exact: true }).click();
  await page.getByRole('link', { name: 'Received from others' }).click();
  const received = page.getByRole('table', { name: 'Shares' }).getByRole('row', { name: /folder\/designs/ });
  await received.getByRole('link', { name: 'Share Owner' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /^Revoke/ }).count(), 0, 'only its owner takes it back');

  await open(page, `${list}/${owner.id}/shares`);
  await page.getByRole('button', { name: 'Revoke the share of folder/designs' }).click();
  const ask = page.getByRole('alertdialog');
  await ask.getByText('Share Friend can no longer use it as viewer').waitFor();
  await ask.getByRole('button', { name: 'Revoke share' }).click();
  await page.getByRole('heading', { name: 'Nothing shared' }).waitFor();
  assert.deepEqual((await api('GET', `/v1/tenants/${friend.id}/shares?direction=received`)).data, []);
});
