// People: users of the project, members of tenants, and those who are invited.

import assert from 'node:assert/strict';
import test from 'node:test';
import { dashboard, heading, openWindow, settled } from './support/browser.js';

const world = dashboard();
const project = '/p/cardvault';

const get = (path) => world.server.call('GET', path, undefined, 200);
const post = (path, body, status = 201) => world.server.call('POST', path, body, status);
const patch = (path, body) => world.server.call('PATCH', path, body, 200);

let made = 0;
// Each test has people and a tenant that no other has.
const unique = () => `t${(made += 1)}`;

async function tenantWith(name, ...people) {
  const tenant = await post('/v1/tenants', { name });
  const members = [];
  for (const person of people) members.push(await post(`/v1/tenants/${tenant.id}/members`, person));
  return { tenant, members };
}
const memberAt = (member) => get(`/v1/tenants/${member.tenant_id}/members/${member.id}`);
const membersPage = (tenant) => `${project}/tenants/${tenant.id}/members`;
const invitationsPage = (tenant) => `${project}/tenants/${tenant.id}/invitations`;

// Chooses out of a list that opens. Names of choices begin with their text; what tells them apart comes after it.
async function choose(page, control, text) {
  await control.click();
  await page.getByRole('option', { name: new RegExp(`^${text}`) }).click();
}
async function pick(page, field, typed, option) {
  await field.fill(typed);
  await page.getByRole('option', { name: option }).click();
}
async function fromMenu(page, button, item) {
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('menuitem', { name: item }).click();
}
// Holds the answers to changes of members until they are let go.
async function held(page) {
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  await page.route('**/members/*', async (route) => {
    if (route.request().method() === 'PATCH') await gate;
    await route.continue();
  });
  return release;
}
// What was said at the corner of the page.
const said = (page, text) => page.getByRole('region', { name: 'Notifications' }).getByText(text);
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

test('users are found by name without its accents, by e-mail address, and by status', async (t) => {
  const found = await post('/v1/users', { email: 'crew.mail@search.example', name: 'Zoë Crèvecœur' });
  const other = await post('/v1/users', { email: 'else@search.example', name: 'Someone Else' });
  await post(`/v1/users/${other.id}/disable`, undefined, 200);
  const page = await openWindow(t, world);
  await page.goto(`${project}/users`);
  const zoe = page.getByRole('link', { name: 'Zoë Crèvecœur' });
  const someone = page.getByRole('link', { name: 'Someone Else' });
  await someone.waitFor();
  const search = page.getByRole('searchbox', { name: 'Search by name or e-mail address' });
  for (const words of ['ZOE crevec', 'crew.mail']) {
    await search.fill(words);
    await someone.waitFor({ state: 'detached' });
    await zoe.waitFor();
    await search.fill('');
    await someone.waitFor();
  }
  await search.fill('search.example');
  await choose(page, page.getByRole('combobox', { name: /^Status/ }), 'Disabled');
  await zoe.waitFor({ state: 'detached' });
  await someone.waitFor();
  // The address alone says the same.
  await page.goto(`${project}/users?q=crevecœur`);
  await zoe.waitFor();
  assert.equal(await someone.count(), 0);
  await search.fill('nobody is called this');
  await page.getByText('No user matches').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await zoe.click();
  await heading(page, 'Zoë Crèvecœur').waitFor();
  assert.ok(page.url().endsWith(found.id));
});

test('a user is created; a taken e-mail address is refused at its field, and nothing typed is lost', async (t) => {
  await post('/v1/users', { email: 'taken@create.example' });
  const page = await openWindow(t, world, { expected: [409] });
  await page.goto(`${project}/users?new=1`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Barbara Liskov');
  await dialog.getByRole('button', { name: 'Create user' }).click();
  await dialog.getByText('An e-mail address is needed.').waitFor();
  const email = dialog.getByLabel('E-mail address');
  await email.fill('Taken@create.example');
  await dialog.getByRole('button', { name: 'Create user' }).click();
  await dialog.getByText('Another user of the project has this e-mail address.').waitFor();
  assert.equal(await email.getAttribute('aria-invalid'), 'true');
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Barbara Liskov');
  await email.fill('barbara@create.example');
  await dialog.getByRole('button', { name: 'Create user' }).click();
  await heading(page, 'Barbara Liskov').waitFor();
  const { data } = await get('/v1/users?email=barbara@create.example');
  assert.equal(data[0].name, 'Barbara Liskov');
  assert.ok(page.url().endsWith(data[0].id));
});

test('a user is changed, and only what was changed is sent', async (t) => {
  const user = await post('/v1/users', { email: 'ken@edit.example', name: 'Ken', external_id: 'ken-1' });
  const page = await openWindow(t, world);
  await page.goto(`${project}/users/${user.id}`);
  await fromMenu(page, 'More actions', 'Edit');
  const dialog = page.getByRole('dialog', { name: 'Edit user' });
  await dialog.getByLabel('Name').fill('Ken Thompson');
  await dialog.getByLabel('External id').fill('');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Ken Thompson').waitFor();
  const now = await get(`/v1/users/${user.id}`);
  assert.deepEqual([now.name, now.external_id, now.email], ['Ken Thompson', null, 'ken@edit.example']);
  const { data } = await get(`/v1/audit?target_id=${user.id}&action=user.updated`);
  assert.deepEqual(Object.keys(data[0].changes).sort(), ['external_id', 'name']);
});

test('a disabled user may do nothing, an enabled one may again, a deleted one is gone', async (t) => {
  const { tenant, members } = await tenantWith('Lifecycle', { email: 'linus@life.example', name: 'Linus', role: 'member' });
  const user = members[0].user;
  const page = await openWindow(t, world);
  await page.goto(`${project}/users/${user.id}`);
  await fromMenu(page, 'More actions', 'Disable…');
  const ask = page.getByRole('alertdialog');
  await ask.getByText('They may do nothing in 1 tenant').waitFor();
  await ask.getByRole('button', { name: 'Disable user' }).click();
  await said(page, 'Linus is disabled.').waitFor();
  assert.equal((await get(`/v1/users/${user.id}`)).status, 'disabled');

  await page.getByRole('link', { name: 'What can they do?' }).click();
  await heading(page, 'Access check').waitFor();
  await pick(page, page.getByRole('combobox', { name: 'Permission' }), 'tenant:read', /^tenant:read/);
  await pick(page, page.getByRole('combobox', { name: 'Tenant' }), 'lifec', /^Lifecycle/);
  await page.getByText('Linus is disabled, and may do nothing in any tenant.').waitFor();
  await page.getByText('user_disabled', { exact: true }).waitFor();
  const question = page.url();

  await page.goto(`${project}/users/${user.id}`);
  await fromMenu(page, 'More actions', 'Enable');
  await said(page, 'Linus is enabled.').waitFor();
  assert.equal((await get(`/v1/users/${user.id}`)).status, 'active');
  await page.goto(question);
  await page.getByText('Yes. Linus may').waitFor();

  await page.goto(`${project}/users/${user.id}`);
  await fromMenu(page, 'More actions', 'Delete…');
  await ask.getByText('1 membership in 1 tenant will end').waitFor();
  const yes = ask.getByRole('button', { name: 'Delete user' });
  await ask.getByRole('textbox').fill('linus');
  assert.ok(await yes.isDisabled(), 'half the word is not enough');
  await ask.getByRole('textbox').fill('linus@life.example');
  await yes.click();
  await heading(page, 'Users').waitFor();
  await world.server.call('GET', `/v1/users/${user.id}`, undefined, 404);
  assert.equal((await get(`/v1/tenants/${tenant.id}/members`)).data.length, 0);
});

test('the last owner of a tenant cannot be deleted, and the dialog says so', async (t) => {
  const { members } = await tenantWith('Ownerless', { email: 'own@last.example', name: 'Only Owner', role: 'owner' });
  const page = await openWindow(t, world, { expected: [409] });
  await page.goto(`${project}/users/${members[0].user.id}`);
  await fromMenu(page, 'More actions', 'Delete…');
  const ask = page.getByRole('alertdialog');
  await ask.getByRole('textbox').fill('own@last.example');
  await ask.getByRole('button', { name: 'Delete user' }).click();
  await ask.getByText('last owner; make someone else an owner first').waitFor();
  await get(`/v1/users/${members[0].user.id}`);
});

test('members are added: a known user by the picker, somebody new by e-mail, nobody twice', async (t) => {
  const known = await post('/v1/users', { email: 'grace@add.example', name: 'Grace Murray' });
  const { tenant } = await tenantWith('Adding');
  const page = await openWindow(t, world, { expected: [409] });
  await page.goto(`${membersPage(tenant)}?new=1`);
  const dialog = page.getByRole('dialog', { name: 'Add a member to Adding' });
  await pick(page, dialog.getByRole('combobox', { name: 'User' }), 'grace mur', /^Grace Murray/);
  await choose(page, dialog.getByRole('combobox', { name: 'Role', exact: true }), 'Manager');
  await dialog.getByRole('button', { name: 'Add member' }).click();
  await page.getByRole('link', { name: 'Grace Murray' }).waitFor();

  await page.getByRole('button', { name: 'Add member' }).click();
  await pick(page, dialog.getByRole('combobox', { name: 'User' }), 'grace mur', /^Grace Murray/);
  await dialog.getByRole('button', { name: 'Add member' }).click();
  await dialog.getByText(/already/i).waitFor();

  await choose(page, dialog.getByRole('combobox', { name: 'Who' }), 'Someone new');
  await dialog.getByLabel('E-mail address').fill('new@add.example');
  await dialog.getByLabel('Name').fill('Newly Added');
  await dialog.getByRole('button', { name: 'Add member' }).click();
  await page.getByRole('link', { name: 'Newly Added' }).waitFor();
  const { data } = await get(`/v1/tenants/${tenant.id}/members`);
  const roles = new Map(data.map((one) => [one.user.email, one.role]));
  assert.deepEqual(roles, new Map([['grace@add.example', 'manager'], ['new@add.example', 'member']]));
  assert.equal(data.find((one) => one.role === 'manager').user.id, known.id);
});

test('a role changed in the list is shown at once, and put back when the server refuses', async (t) => {
  const { tenant, members } = await tenantWith(
    'Inline',
    { email: 'owner@inline.example', name: 'Grace Hopper', role: 'owner' },
    { email: 'alan@inline.example', name: 'Alan Turing', role: 'member' },
  );
  const [owner, alan] = members;
  const page = await openWindow(t, world, { expected: [409] });
  await page.goto(membersPage(tenant));
  const role = (name) => page.getByRole('combobox', { name });
  let release = await held(page);
  await choose(page, role('Role of Alan Turing: Member'), 'Manager');
  await role('Role of Alan Turing: Manager').waitFor();
  assert.equal((await memberAt(alan)).role, 'member', 'shown before the server has confirmed it');
  release();
  await said(page, 'Alan Turing is Manager now.').waitFor();
  assert.equal((await memberAt(alan)).role, 'manager');

  release = await held(page);
  await choose(page, role('Role of Grace Hopper: Owner'), 'Viewer');
  await role('Role of Grace Hopper: Viewer').waitFor();
  release();
  await said(page, 'last owner; make someone else an owner first').waitFor();
  await role('Role of Grace Hopper: Owner').waitFor();
  assert.equal((await memberAt(owner)).role, 'owner');
});

test('a change over a newer one is refused, and the newer one is shown', async (t) => {
  const { tenant, members } = await tenantWith('Overtaken', { email: 'eve@over.example', name: 'Eve', role: 'member' });
  const page = await openWindow(t, world, { expected: [412] });
  await page.goto(membersPage(tenant));
  await page.getByRole('combobox', { name: 'Role of Eve: Member' }).waitFor();
  // Someone else is faster, by as little as can be.
  await page.route('**/members/*', async (route) => {
    if (route.request().method() === 'PATCH') await patch(`/v1/tenants/${tenant.id}/members/${members[0].id}`, { role: 'viewer' });
    await route.continue();
  });
  await choose(page, page.getByRole('combobox', { name: 'Role of Eve: Member' }), 'Admin');
  await said(page, 'Someone else changed this meanwhile').waitFor();
  await page.getByRole('combobox', { name: 'Role of Eve: Viewer' }).waitFor();
  assert.equal((await memberAt(members[0])).role, 'viewer');
});

test('members are filtered by role, status and name, in the address', async (t) => {
  const { tenant, members } = await tenantWith(
    'Filters',
    { email: 'one@filter.example', name: 'Ása One', role: 'viewer' },
    { email: 'two@filter.example', name: 'Two', role: 'member' },
  );
  await patch(`/v1/tenants/${tenant.id}/members/${members[1].id}`, { status: 'disabled' });
  const page = await openWindow(t, world);
  await page.goto(membersPage(tenant));
  const [one, two] = [page.getByRole('link', { name: 'Ása One' }), page.getByRole('link', { name: 'Two' })];
  await one.waitFor();
  await choose(page, page.getByRole('combobox', { name: /^Role: / }), 'Viewer');
  await two.waitFor({ state: 'detached' });
  await one.waitFor();
  assert.match(page.url(), /[?&]role=viewer/);
  await page.goBack();
  await two.waitFor();
  await choose(page, page.getByRole('combobox', { name: /^Status: / }), 'Disabled');
  await one.waitFor({ state: 'detached' });
  await two.waitFor();
  await page.goto(`${membersPage(tenant)}?q=asa`);
  await one.waitFor();
  assert.equal(await two.count(), 0);
  await page.goto(`${membersPage(tenant)}?q=asa&status=disabled`);
  await page.getByText('No member matches').waitFor();
});

test('a role given to many is reported one by one; a member is removed', async (t) => {
  const { tenant, members } = await tenantWith(
    'Bulk',
    { email: 'owner@bulk.example', name: 'Last Owner', role: 'owner' },
    { email: 'a@bulk.example', name: 'Ann', role: 'member' },
    { email: 'b@bulk.example', name: 'Ben', role: 'viewer' },
  );
  const page = await openWindow(t, world, { expected: [409] });
  await page.goto(membersPage(tenant));
  await page.getByRole('checkbox', { name: 'Select all rows shown' }).click();
  const bar = page.getByRole('region', { name: '3 members selected' });
  await bar.getByRole('button', { name: 'Change role' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change the role of 3 members' });
  await choose(page, dialog.getByRole('combobox', { name: /^New role/ }), 'Manager');
  await dialog.getByRole('button', { name: 'Change role' }).click();
  await dialog.getByText('2 members changed, 1 refused.').waitFor();
  const refused = dialog.getByRole('listitem').filter({ hasText: 'Last Owner' });
  await refused.getByText('Refused').waitFor();
  await refused.getByText('last owner;').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await bar.waitFor({ state: 'detached' });
  const roles = await Promise.all(members.map(async (one) => (await memberAt(one)).role));
  assert.deepEqual(roles, ['owner', 'manager', 'manager']);

  await fromMenu(page, 'Actions for Ben', 'Remove from tenant…');
  const ask = page.getByRole('alertdialog', { name: 'Remove Ben?' });
  await ask.getByText('Their role Manager in Bulk ends').waitFor();
  await ask.getByText('is then a member of nothing').waitFor();
  await ask.getByRole('button', { name: 'Remove member' }).click();
  await said(page, 'Ben is no member any more.').waitFor();
  await ask.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Ben' }).waitFor({ state: 'detached' });
  await world.server.call('GET', `/v1/tenants/${tenant.id}/members/${members[2].id}`, undefined, 404);
});

test('a member’s page says what they may do and why, and follows what happens elsewhere', async (t) => {
  const key = `auditor_${unique()}`;
  const role = await post('/v1/roles', { key, name: 'Auditor', permissions: ['member:read', 'tenant:read'], conditions: { mfa: true } });
  const { tenant, members } = await tenantWith('Explained', { email: 'ada@why.example', name: 'Ada', role: key });
  const page = await openWindow(t, world);
  await page.goto(`${membersPage(tenant)}/${members[0].id}`);
  const terms = page.getByRole('definition').filter({ hasText: /^read$/ });
  await terms.first().waitFor();
  assert.equal(await terms.count(), 2, 'read of members and of tenants, nothing else');
  await page.getByText('only to people who signed in with a second factor').waitFor();
  await pick(page, page.getByRole('combobox', { name: 'Permission' }), 'member:read', /^member:read/);
  await page.getByText('its condition “second factor” does not hold').waitFor();
  assert.match(page.url(), /permission=member%3Aread/);
  await page.reload();
  await page.getByText('condition_not_met', { exact: true }).waitFor();
  // The role changes elsewhere: the answer is asked for again.
  await patch(`/v1/roles/${role.id}`, { conditions: null });
  await page.getByText('Yes. Ada may').waitFor();
  await post(`/v1/tenants/${tenant.id}/suspend`, { reason: 'Late' }, 200);
  await page.getByText('No. Ada may not').waitFor();
  await page.getByText('Nothing of this holds now.').waitFor();
});

test('an invitation as a link is shown once, and the copy of it is accepted', async (t) => {
  await patch('/v1/project', { settings: { invitation_url: 'https://app.example/join?from=mail' } });
  t.after(() => patch('/v1/project', { settings: { invitation_url: null } }));
  const { tenant } = await tenantWith('Linked');
  const page = await openWindow(t, world);
  await page.goto(`${invitationsPage(tenant)}?new=1`);
  const form = page.getByRole('dialog', { name: 'Invite to Linked' });
  await choose(page, form.getByRole('combobox', { name: 'How' }), 'As a link');
  await choose(page, form.getByRole('combobox', { name: 'Role', exact: true }), 'Viewer');
  await form.getByRole('button', { name: 'Invite', exact: true }).click();
  const shown = page.getByRole('dialog', { name: 'Invitation' });
  await shown.getByText('https://app.example/join?from=mail&token=').waitFor();
  await shown.getByRole('button', { name: 'Copy link' }).click();
  await shown.getByText('Copied').waitFor();
  const link = await clipboard(page);
  assert.equal(link, await shown.getByRole('code').innerText());
  await shown.getByRole('button', { name: 'Done' }).click();
  await shown.waitFor({ state: 'detached' });
  await page.getByText('Link, for whoever has it').waitFor();
  assert.ok(!(await page.content()).includes(link.slice(-20)), 'nothing shows it again');
  const token = new URL(link).searchParams.get('token');
  await post('/v1/invitations/accept', { token, email: 'joined@link.example' });
  await page.getByText('Accepted').waitFor();
  const { data } = await get(`/v1/tenants/${tenant.id}/members`);
  assert.deepEqual(data.map((one) => [one.user.email, one.role]), [['joined@link.example', 'viewer']]);
});

test('many are invited from a pasted list; each refusal is named', async (t) => {
  const { tenant } = await tenantWith('Pasted');
  await post(`/v1/tenants/${tenant.id}/invitations`, { email: 'waiting@paste.example' });
  const page = await openWindow(t, world);
  await page.goto(invitationsPage(tenant));
  await page.getByRole('button', { name: 'Invite many' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite many to Pasted' });
  const field = dialog.getByLabel('E-mail addresses');
  await field.fill('nonsense');
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  await dialog.getByText('Paste at least one e-mail address.').waitFor();
  await field.fill('Ada Lovelace <ada@paste.example>, bob@paste.example\nBOB@paste.example; nonsense waiting@paste.example');
  await dialog.getByText('3 addresses').waitFor();
  await dialog.getByText('1 repetition left out').waitFor();
  await dialog.getByText('1 word is no address and is left out:').waitFor();
  await dialog.getByRole('button', { name: 'Invite 3 people' }).click();
  const report = page.getByRole('dialog', { name: 'Invitations' });
  await report.getByText('2 invitations made, 1 refused.').waitFor();
  const refused = report.getByRole('listitem').filter({ hasText: 'waiting@paste.example' });
  await refused.getByText('Refused').waitFor();
  await report.getByRole('button', { name: 'Copy tokens' }).click();
  await report.getByText('Copied').waitFor();
  const lines = (await clipboard(page)).split('\n').map((line) => line.split('\t'));
  assert.deepEqual(lines.map(([email]) => email), ['ada@paste.example', 'bob@paste.example']);
  await report.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('table', { name: 'Invitations' }).getByText('bob@paste.example').waitFor();
  const { data } = await get(`/v1/tenants/${tenant.id}/invitations`);
  assert.deepEqual(data.map((one) => one.email).sort(), ['ada@paste.example', 'bob@paste.example', 'waiting@paste.example']);
  await post('/v1/invitations/accept', { token: lines[0][1], email: 'ada@paste.example' });
});

test('an invitation sent again has a new token and the old one is dead; revoked, none works', async (t) => {
  const { tenant } = await tenantWith('Resent');
  const first = await post(`/v1/tenants/${tenant.id}/invitations`, { email: 'late@resend.example' });
  const page = await openWindow(t, world);
  await page.goto(invitationsPage(tenant));
  await fromMenu(page, 'Actions for late@resend.example', /^Send again/);
  const shown = page.getByRole('dialog', { name: 'Invitation' });
  const token = await shown.getByRole('code').innerText();
  assert.notEqual(token, first.token);
  await shown.getByRole('button', { name: 'Done' }).click();
  const at = `/v1/tenants/${tenant.id}/invitations/${first.id}`;
  assert.equal((await get(at)).sent_count, first.sent_count + 1);
  const accept = (given, status) => post('/v1/invitations/accept', { token: given, email: 'late@resend.example' }, status);
  await accept(first.token, 404);

  await fromMenu(page, 'Actions for late@resend.example', 'Revoke…');
  const ask = page.getByRole('alertdialog', { name: 'Revoke this invitation?' });
  await ask.getByText('The link of late@resend.example stops working at once').waitFor();
  await ask.getByRole('button', { name: 'Revoke invitation' }).click();
  await page.getByRole('table', { name: 'Invitations' }).getByText('Revoked').waitFor();
  assert.equal((await get(at)).status, 'revoked');
  await accept(token, 409);
  // What is over offers nothing more.
  await settled(page);
  assert.equal(await page.getByRole('button', { name: 'Actions for late@resend.example' }).count(), 0);
  await page.goto(`${invitationsPage(tenant)}?status=pending`);
  await page.getByText('No invitation matches').waitFor();
});
