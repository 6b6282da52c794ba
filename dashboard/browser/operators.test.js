// Operators: inviting them, what their roles let them see, keeping them out, deleting them.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import test from 'node:test';
import { accessible, dashboard, heading, openWindow, settled } from './support/browser.js';
import { as, asked, makeOperator, PASSWORD } from './support/door.js';
import { everything } from './support/seed.js';

const world = dashboard({ seed: everything });
const list = '/installation/operators';
const address = () => `${randomUUID().slice(0, 8)}@example.com`;
const viewer = () => ({ project_roles: [{ project_id: world.server.project.id, role: 'viewer' }] });
const operators = async (page) => (await asked(page, 'GET', '/v1/operators?limit=100')).data;
const ended = (page) => page.getByRole('dialog', { name: 'Your session has ended' });

async function choose(page, item) {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: item }).click();
  return page.getByRole('alertdialog');
}

test('whoever is invited takes the link, and sees their project alone', async (t) => {
  const page = await openWindow(t, world, { expected: [409] });
  const other = await asked(page, 'POST', '/v1/projects', { data: { name: 'Not theirs', slug: 'not-theirs', environment: 'test' }, status: 201 });
  const email = address();
  await page.goto(list);
  await settled(page);
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite an operator' });
  const invite = dialog.getByRole('button', { name: 'Invite' });
  await dialog.getByLabel('E-mail address').fill(world.server.operator.email);
  await invite.click();
  await dialog.getByText('Choose a role in the whole installation, or in at least one project.').waitFor();
  await dialog.getByRole('button', { name: 'Add a project' }).click();
  await dialog.getByRole('combobox', { name: /^Project: / }).click();
  await page.getByRole('option', { name: 'CardVault' }).click();
  await dialog.getByRole('combobox', { name: 'Role: Viewer' }).waitFor();
  await invite.click();
  await dialog.getByText(/Another operator has the address/).waitFor();
  await dialog.getByLabel('E-mail address').fill(email);
  await invite.click();
  // Mail is off: the link is shown, once.
  const shown = page.getByRole('dialog', { name: `Give this link to ${email}` });
  const link = await shown.locator('code').innerText();
  await accessible(page);
  await page.keyboard.press('Escape');
  await shown.getByRole('button', { name: 'Copy link' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
  await shown.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('row', { name: new RegExp(`${email}.*Invited`) }).waitFor();
  await page.getByRole('link', { name: email }).click();
  await page.getByText('They have not accepted the invitation yet.').waitFor();
  assert.doesNotMatch(await page.locator('body').innerText(), new RegExp(link.split('#')[1]));

  const theirs = await openWindow(t, world, { signedIn: false, expected: [404, 410] });
  await theirs.goto(link);
  await heading(theirs, 'Become an operator').waitFor();
  assert.equal(new URL(theirs.url()).hash, '');
  await theirs.getByLabel('Your name').fill('Vera Viewer');
  await theirs.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Accept and sign in' }).click();
  // There is one project, so there is nothing to choose.
  await theirs.waitForURL(/\/p\/cardvault$/);
  await theirs.getByRole('button', { name: /^Project: CardVault/ }).click();
  await theirs.getByRole('menuitem', { name: 'CardVault' }).waitFor();
  assert.equal(await theirs.getByRole('menuitem', { name: /Not theirs|New project/ }).count(), 0);
  await theirs.goto(`/p/${other.slug}/tenants`);
  await theirs.getByText('No such project').waitFor();
  await theirs.goto('/installation/projects');
  await theirs.getByRole('heading', { name: 'CardVault' }).waitFor();
  assert.equal(await theirs.getByRole('heading', { name: 'Not theirs' }).count(), 0);
  assert.equal(await theirs.getByRole('link', { name: /^(Operators|Health|Log)$/ }).count(), 0);

  await theirs.goto(link);
  await theirs.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Accept and sign in' }).click();
  await heading(theirs, 'This link does not work any more').waitFor();
  const made = (await operators(page)).find((one) => one.email === email);
  assert.deepEqual([made.status, made.name, made.project_roles.map(({ role }) => role)], ['active', 'Vera Viewer', ['viewer']]);
});

test('an invitation is sent again: its new link lets in, the one before does not', async (t) => {
  const page = await openWindow(t, world, { expected: [409] });
  const email = address();
  const made = await asked(page, 'POST', '/v1/operators', { data: { email, ...viewer() }, status: 201 });
  await page.goto(`${list}/${made.id}`);
  await page.getByText('send the invitation again').waitFor();
  await accessible(page);
  const send = page.getByRole('button', { name: 'Send invitation again' });
  await send.click();
  const ask = page.getByRole('alertdialog', { name: `Send the invitation of ${email} again?` });
  await ask.getByText('The link that they have stops working at once.').waitFor();
  await ask.getByRole('button', { name: 'Send again' }).click();
  const shown = page.getByRole('dialog', { name: `Give this link to ${email}` });
  const link = await shown.locator('code').innerText();
  assert.notEqual(link, made.invitation_url);
  await shown.getByRole('button', { name: 'Done' }).click();
  const told = await asked(page, 'GET', `/v1/installation/audit?action=operator.invitation_resent&target_id=${made.id}`);
  assert.equal(told.data.length, 1);
  const { request } = page.context();
  const accept = (url) => request.post('/v1/operators/invitations/accept', { data: { token: url.split('#')[1], password: PASSWORD } });
  assert.equal((await accept(made.invitation_url)).status(), 410);

  // Whoever accepted meanwhile is not invited again, and the dialog says so.
  await send.click();
  await ask.getByText('They get a new link').waitFor();
  assert.equal((await accept(link)).status(), 200);
  await ask.getByRole('button', { name: 'Send again' }).click();
  await ask.getByRole('alert').getByText('They accepted the invitation.').waitFor();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await page.reload();
  await settled(page);
  assert.equal(await send.count(), 0);
});

test('all sessions of an operator are ended, in numbers', async (t) => {
  const operator = await makeOperator(t, world);
  const page = await openWindow(t, world);
  await page.goto(`${list}/${operator.id}`);
  await settled(page);
  await page.getByText('Last sign-in').waitFor();
  assert.equal((await asked(page, 'GET', `/v1/operators/${operator.id}`)).last_sign_in_at, null);
  const theirs = [await openWindow(t, as(world, operator), { expected: [401] }), await openWindow(t, as(world, operator), { expected: [401] })];
  for (const one of theirs) {
    await one.goto('/installation/projects');
    await settled(one);
  }
  await page.reload();
  await settled(page);
  assert.equal(await page.getByText('never', { exact: true }).count(), 0);
  const ask = await choose(page, 'End all sessions…');
  await ask.getByText('2 sessions end at once.').waitFor();
  await accessible(page);
  await ask.getByRole('button', { name: 'End all sessions' }).click();
  await page.getByRole('region', { name: 'Notifications' }).getByText('2 sessions have ended.').waitFor();
  assert.deepEqual((await asked(page, 'GET', `/v1/operators/${operator.id}/sessions`)).data, []);
  for (const one of theirs) {
    await one.getByRole('link', { name: 'Operators' }).click();
    await ended(one).waitFor();
  }
  // They can come again, and the list says when they did.
  await ended(theirs[0]).getByLabel('Password').fill(PASSWORD);
  await ended(theirs[0]).getByRole('button', { name: 'Sign in' }).click();
  await ended(theirs[0]).waitFor({ state: 'detached' });
  await page.goto(`${list}?q=${operator.email}`);
  await page.getByRole('columnheader', { name: 'Last sign-in' }).waitFor();
  await page.goto('/installation/log');
  await page.getByText('2 sessions').waitFor();
  // One's own are ended where one keeps the present one.
  const me = (await asked(page, 'GET', '/v1/session')).operator;
  await page.goto(`${list}/${me.id}`);
  await settled(page);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Disable…' }).waitFor();
  assert.equal(await page.getByRole('menuitem', { name: 'End all sessions…' }).count(), 0);
});

test('a viewer reads everything of the project, and is offered nothing that changes it', async (t) => {
  const operator = await makeOperator(t, world, viewer());
  const page = await openWindow(t, as(world, operator));
  const { acme, member, role, tenantKey, endpoint } = world.made;
  const tenant = `/p/cardvault/tenants/${acme.id}`;
  for (const path of ['tenants', 'users', 'roles', 'keys', 'webhooks', 'sync'].map((part) => `/p/cardvault/${part}?new=1`)) {
    await page.goto(path);
    await settled(page);
    assert.equal(await page.locator('[data-create]').count(), 0, path);
    assert.equal(await page.getByRole('dialog').count(), 0, `${path} opens no form that the server would refuse`);
  }
  const changing = /^(Create|Add|Invite|New|Edit|Delete|Revoke|Rotate|Suspend|Save|Move|Pause|Resume|Remove)/;
  const pages = [tenant, `${tenant}/members`, `${tenant}/members/${member.id}`, `${tenant}/invitations`, `${tenant}/organizations`, `${tenant}/settings`];
  pages.push(...[`users/${member.user.id}`, `roles/${role.id}`, `keys/${tenantKey.id}`, `webhooks/${endpoint.id}`, 'settings', 'settings/permissions'].map((part) => `/p/cardvault/${part}`));
  const offered = [];
  for (const path of pages) {
    await page.goto(path);
    await settled(page);
    assert.equal(await page.getByText('This could not be loaded').count(), 0, path);
    const buttons = page.getByRole('main').getByRole('button', { name: changing, disabled: false });
    const names = await buttons.evaluateAll((found) => found.map((one) => one.ariaLabel ?? one.textContent));
    for (const menu of await page.getByRole('main').getByRole('button', { name: /^Actions/ }).all()) {
      await menu.click();
      await page.getByRole('menuitem').first().waitFor();
      names.push(...(await page.getByRole('menuitem').allInnerTexts()).filter((text) => !text.startsWith('Open ')));
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
    }
    offered.push(...names.map((name) => `${path}: ${name}`));
  }
  assert.deepEqual(offered, [], 'offered, though a viewer may not do it');
  await page.goto('/p/cardvault/settings');
  await page.getByText('You may read these settings.').waitFor();
  assert.ok(await page.getByLabel('Display name').isDisabled());
  // The server decides anyway.
  await asked(page, 'POST', '/v1/tenants', { data: { name: 'No' }, status: 403, headers: { 'x-carcosa-project': world.server.project.id } });
});

test('roles are changed while someone works, and what another admin saved is not lost', async (t) => {
  const operator = await makeOperator(t, world, viewer());
  const page = await openWindow(t, world, { expected: [412] });
  const path = `/v1/operators/${operator.id}`;
  await page.goto(`${list}/${operator.id}`);
  await settled(page);
  await page.getByRole('combobox', { name: 'Role: Viewer' }).click();
  await page.getByRole('option', { name: /^Developer/ }).click();
  await asked(page, 'PATCH', path, { data: { name: 'Renamed elsewhere' } });
  await page.getByRole('textbox', { name: 'Name' }).fill('Renamed here');
  await page.getByRole('button', { name: 'Save' }).click();
  const conflict = page.getByRole('main').getByRole('alert').filter({ hasText: 'Someone else changed this meanwhile.' }).first();
  await conflict.getByText('Renamed elsewhere').waitFor();
  assert.equal((await asked(page, 'GET', path)).name, 'Renamed elsewhere');
  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Renamed here').waitFor();
  const now = await asked(page, 'GET', path);
  assert.deepEqual([now.name, now.project_roles[0].role], ['Renamed here', 'developer']);
});

test('whoever is disabled is out at once, until they are enabled', async (t) => {
  const operator = await makeOperator(t, world);
  const page = await openWindow(t, world);
  const theirs = await openWindow(t, as(world, operator), { expected: [401, 403] });
  await theirs.goto('/installation/projects');
  await settled(theirs);
  await page.goto(`${list}/${operator.id}`);
  await settled(page);
  const ask = await choose(page, 'Disable…');
  await ask.getByText('Their sessions end at once and they cannot sign in.').waitFor();
  await ask.getByRole('button', { name: 'Disable' }).click();
  await page.getByText('They cannot sign in until someone enables them again.').waitFor();
  assert.equal((await asked(page, 'GET', `/v1/operators/${operator.id}`)).status, 'disabled');
  await theirs.getByRole('link', { name: 'Operators' }).click();
  await ended(theirs).getByLabel('Password').fill(PASSWORD);
  await ended(theirs).getByRole('button', { name: 'Sign in' }).click();
  await ended(theirs).getByText(/The operator was disabled/).waitFor();

  const again = await choose(page, 'Enable…');
  await again.getByRole('button', { name: 'Enable' }).click();
  await page.getByText('They cannot sign in until someone enables them again.').waitFor({ state: 'detached' });
  await ended(theirs).getByRole('button', { name: 'Sign in' }).click();
  await ended(theirs).waitFor({ state: 'detached' });
  await theirs.getByRole('link', { name: operator.name }).waitFor();
});

test('the last super admin can be neither disabled, nor deleted, nor made less', async (t) => {
  // Their activity names whom they deleted, whose name is asked for in vain.
  const page = await openWindow(t, world, { expected: [404, 409] });
  for (const one of await operators(page)) {
    if (one.email !== world.server.operator.email && one.platform_role === 'super_admin') await asked(page, 'DELETE', `/v1/operators/${one.id}`, { status: 204 });
  }
  const me = (await asked(page, 'GET', '/v1/session')).operator;
  await page.goto(`${list}/${me.id}`);
  await settled(page);
  const refused = /super admin/i;
  const disable = await choose(page, 'Disable…');
  await disable.getByText('This is you: you are signed out').waitFor();
  await disable.getByRole('button', { name: 'Disable' }).click();
  await disable.getByRole('alert').getByText(refused).waitFor();
  await disable.getByRole('button', { name: 'Cancel' }).click();
  const remove = await choose(page, 'Delete…');
  await remove.getByLabel(`Type ${me.email} to confirm`).fill(me.email);
  await remove.getByRole('button', { name: 'Delete operator' }).click();
  await remove.getByRole('alert').getByText(refused).waitFor();
  await remove.getByRole('button', { name: 'Cancel' }).click();
  await page.getByLabel('In the whole installation').click();
  await page.getByRole('option', { name: 'Support' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('main').getByRole('alert').getByText(refused).waitFor();
  const now = await asked(page, 'GET', `/v1/operators/${me.id}`);
  assert.deepEqual([now.status, now.platform_role], ['active', 'super_admin']);
});

test('deleting takes the word, and is for good', async (t) => {
  const operator = await makeOperator(t, world);
  const page = await openWindow(t, world, { expected: [404] });
  await page.goto(`${list}?q=${operator.email}`);
  await page.getByRole('link', { name: operator.name }).click();
  await heading(page, operator.name).waitFor();
  const ask = await choose(page, 'Delete…');
  const yes = ask.getByRole('button', { name: 'Delete operator' });
  await ask.getByText('is gone for good').waitFor();
  assert.ok(await yes.isDisabled());
  await ask.getByLabel(`Type ${operator.email} to confirm`).fill(operator.email.slice(1));
  await page.keyboard.press('Enter');
  assert.ok(await yes.isDisabled());
  await ask.getByLabel(`Type ${operator.email} to confirm`).fill(operator.email);
  await yes.click();
  await heading(page, 'Operators').waitFor();
  await settled(page);
  assert.equal(await page.getByRole('link', { name: operator.name }).count(), 0);
  await asked(page, 'GET', `/v1/operators/${operator.id}`, { status: 404 });
});
