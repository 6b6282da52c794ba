// The main way through each room, in dark: on a phone, where the menu is a drawer and tables have fewer columns, and on a wide screen.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, dashboard, fits, heading, openWindow, refused, settled } from './support/browser.js';
import { asked } from './support/door.js';
import { startSink } from './support/seed.js';

const world = dashboard({
  settings: { OUTBOUND_ALLOW: '127.0.0.0/8' },
  seed: async (server) => {
    const post = (path, body) => server.call('POST', path, body, 201);
    const tenant = await post('/v1/tenants', { name: 'Acme', plan: 'free', metadata: { seats: 3 } });
    await post(`/v1/tenants/${tenant.id}/members`, { email: 'grace@acme.example', name: 'Grace Hopper', role: 'owner' });
    return { tenant };
  },
});

const LOOKS = {
  'on a phone': { theme: 'dark', width: 390, height: 844 },
  'on a wide screen': { theme: 'dark' },
};

const read = (path) => world.server.call('GET', path, undefined, 200);
const said = (page, text) => page.getByRole('region', { name: 'Notifications' }).getByText(text);
const button = (place, name) => place.getByRole('button', { name, exact: true });

// What is in view can be read by everyone, and lies in the window.
async function seen(page, what) {
  await settled(page);
  await fits(page, what);
  await accessible(page, what);
}

// The menu, which is a drawer where there is no room for it.
async function menu(page) {
  const opens = button(page, 'Menu');
  if (!(await opens.isVisible())) return page.locator('aside');
  await opens.click();
  return page.getByRole('dialog', { name: 'Main' });
}

async function go(page, room) {
  await (await menu(page)).getByRole('link', { name: room, exact: true }).click();
  await heading(page, room).waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await settled(page);
}

// A part of the seeded tenant, by its tabs.
async function tab(page, name) {
  await go(page, 'Tenants');
  await page.getByRole('link', { name: /^Acme/ }).click();
  await heading(page, 'Acme').waitFor();
  await page.locator('.tab', { hasText: name }).click();
  await settled(page);
}

async function choose(page, control, option) {
  await control.click();
  await page.getByRole('option', { name: option }).click();
}

// Each is told a name that nothing else has.
const FLOWS = {
  'a tenant is created and suspended': async (page, name) => {
    await go(page, 'Tenants');
    await button(page, 'Create tenant').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByLabel('Slug').fill('-no-');
    await button(dialog, 'Create tenant').click();
    await refused(page);
    await seen(page, 'a slug that is none');
    await dialog.getByLabel('Slug').fill('');
    await button(dialog, 'Create tenant').click();
    await heading(page, name).waitFor();
    await button(page, 'Actions').click();
    await page.getByRole('menuitem', { name: 'Suspend', exact: true }).click();
    const ask = page.getByRole('alertdialog');
    await ask.getByLabel('Reason').fill('Invoice overdue');
    await seen(page, 'asked before suspending');
    await button(ask, 'Suspend tenant').click();
    await page.getByText('Reason: Invoice overdue').waitFor();
    await seen(page, 'a suspended tenant');
  },

  'someone is invited': async (page, name) => {
    await tab(page, 'Invitations');
    await page.locator('[data-create]').first().click();
    const dialog = page.getByRole('dialog');
    await button(dialog, 'Invite').click();
    await refused(page);
    await seen(page, 'an invitation of nobody');
    const email = `${name}@invited.example`;
    await dialog.getByLabel('E-mail address').fill(email);
    await button(dialog, 'Invite').click();
    const shown = page.getByRole('dialog', { name: 'Invitation' });
    await shown.getByRole('code').waitFor();
    await seen(page, 'the token of an invitation');
    await button(shown, 'Done').click();
    await page.getByRole('table', { name: 'Invitations' }).getByText(email).waitFor();
  },

  'a member gets a role': async (page, name) => {
    const { tenant } = world.made;
    await world.server.call('POST', `/v1/tenants/${tenant.id}/members`, { email: `${name}@member.example`, name, role: 'member' }, 201);
    await tab(page, 'Members');
    await choose(page, page.getByRole('combobox', { name: `Role of ${name}: Member` }), 'Manager');
    await said(page, `${name} is Manager now.`).waitFor();
    await seen(page, 'members');
    const { data } = await read(`/v1/tenants/${tenant.id}/members?limit=100`);
    assert.equal(data.find(({ user }) => user.name === name).role, 'manager');
  },

  'a key is made and rotated': async (page, name) => {
    await go(page, 'API keys');
    await button(page, 'New key').click();
    const dialog = page.getByRole('dialog', { name: 'New API key' });
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByRole('radio', { name: /^Chosen permissions/ }).check();
    await dialog.getByRole('searchbox', { name: 'Search permissions' }).fill('tenant:re');
    await dialog.getByRole('checkbox', { name: /^tenant:read\b/ }).click();
    await seen(page, 'a key with chosen permissions');
    await button(dialog, 'Create key').click();
    const secret = async (title) => {
      const shown = page.getByRole('dialog', { name: title });
      await shown.getByText(/^ck_\S+$/).waitFor();
      await seen(page, title);
      await button(shown, 'I have stored it').click();
    };
    await secret(`The secret of ${name}`);
    await page.getByRole('link', { name }).click();
    await heading(page, name).waitFor();
    await button(page, 'Rotate').click();
    await button(page.getByRole('dialog', { name: `Rotate ${name}` }), 'Rotate key').click();
    await secret(`The new secret of ${name}`);
  },

  'a webhook endpoint is made, and its test is seen to arrive': async (page, name, t) => {
    const sink = await startSink(t);
    await go(page, 'Webhooks');
    await page.locator('[data-create]').first().click();
    const dialog = page.getByRole('dialog', { name: 'New webhook endpoint' });
    const next = button(dialog, 'Next');
    await next.click();
    await refused(page);
    await seen(page, 'a webhook without an address');
    await dialog.getByLabel('Address').fill(sink.url);
    await dialog.getByLabel(/^What for/).fill(name);
    await next.click();
    await dialog.getByText('Step 2 of 3: which events').waitFor();
    await seen(page, 'events to choose from');
    await next.click();
    await button(dialog, 'Create endpoint').click();
    const shown = page.getByRole('dialog', { name: 'The endpoint is there' });
    await button(shown, 'Send a test').click();
    await shown.getByText('Succeeded', { exact: true }).waitFor();
    await seen(page, 'the secret of an endpoint, and its test');
    await button(shown, 'I have stored it').click();
    const { data } = await read('/v1/webhook-endpoints');
    await page.goto(`/p/cardvault/webhooks/${data.find(({ description }) => description === name).id}`);
    await page.getByRole('table', { name: 'Deliveries' }).getByRole('link').first().click();
    await page.getByRole('dialog').getByText(/^200 in /).waitFor();
    await seen(page, 'a delivery');
  },

  'the log shows what a change changed': async (page) => {
    const { tenant } = world.made;
    const { plan, metadata } = await read(`/v1/tenants/${tenant.id}`);
    const now = { plan: plan === 'pro' ? 'free' : 'pro', metadata: { seats: metadata.seats + 1 } };
    await world.server.call('PATCH', `/v1/tenants/${tenant.id}`, now, 200);
    await go(page, 'Log');
    await page.getByRole('row').filter({ hasText: 'changed Acme' }).first().getByRole('link').first().click();
    const changed = page.getByRole('dialog').getByRole('table', { name: 'What changed' });
    const cells = changed.getByRole('row').filter({ hasText: 'plan' }).getByRole('cell');
    assert.deepEqual((await cells.allInnerTexts()).slice(1), [plan, now.plan]);
    await seen(page, 'an entry of the log');
  },

  'an operator is invited': async (page, name) => {
    await (await menu(page)).getByRole('button', { name: /^Project:/ }).click();
    await page.getByRole('menuitem', { name: 'All projects' }).click();
    await heading(page, 'Projects').waitFor();
    await go(page, 'Operators');
    await button(page, 'Invite').click();
    const dialog = page.getByRole('dialog', { name: 'Invite an operator' });
    const email = `${name}@operators.example`;
    await dialog.getByLabel('E-mail address').fill(email);
    await button(dialog, 'Invite').click();
    await dialog.getByText('Choose a role in the whole installation').waitFor();
    await button(dialog, 'Add a project').click();
    await seen(page, 'an operator with a role in a project');
    await choose(page, dialog.getByRole('combobox', { name: /^Project: / }), 'CardVault');
    await button(dialog, 'Invite').click();
    const shown = page.getByRole('dialog', { name: `Give this link to ${email}` });
    await shown.locator('code').waitFor();
    await seen(page, 'the link of an operator');
    await button(shown, 'Done').click();
    await page.getByRole('table', { name: 'Operators' }).getByText(email).first().waitFor();
  },

  'a setting is changed': async (page) => {
    await go(page, 'Settings');
    await page.locator('.tab', { hasText: 'Retention' }).click();
    const days = page.getByLabel('Days that a deleted tenant is kept');
    await settled(page);
    await days.fill('9999');
    await button(page, 'Save').click();
    await refused(page);
    await seen(page, 'a setting that is refused');
    const wanted = (await read('/v1/project')).settings.retention_days + 1;
    await days.fill(String(wanted));
    await button(page, 'Save').click();
    await said(page, 'The settings are saved.').waitFor();
    assert.equal((await read('/v1/project')).settings.retention_days, wanted);
  },

  'one changes to another project and back': async (page, name) => {
    await asked(page, 'POST', '/v1/projects', { data: { name, environment: 'test' }, status: 201 });
    await page.reload();
    await settled(page);
    const to = async (project) => {
      await (await menu(page)).getByRole('button', { name: /^Project:/ }).click();
      await page.getByRole('menuitem', { name: project }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await settled(page);
    };
    await to(name);
    await page.getByRole('main').getByText(name, { exact: true }).first().waitFor();
    await seen(page, 'a project with nothing in it');
    await to('CardVault');
    await page.waitForURL(/\/p\/cardvault$/);
    const opened = await menu(page);
    await opened.getByRole('link', { name: 'Tenants' }).waitFor();
    await seen(page, 'the menu');
  },

  'the palette leads to a tenant': async (page) => {
    await page.getByRole('button', { name: /^Search or jump to/ }).click();
    await page.getByRole('combobox', { name: 'Search and commands' }).fill('acm');
    const found = page.getByRole('option', { name: /^Acme/ }).first();
    await found.waitFor();
    await seen(page, 'the palette');
    await found.click();
    await heading(page, 'Acme').waitFor();
  },
};

for (const [look, options] of Object.entries(LOOKS)) {
  for (const [flow, run] of Object.entries(FLOWS)) {
    test(`${look}, ${flow}`, { timeout: 60_000 }, async (t) => {
      const page = await openWindow(t, world, { ...options, expected: [400, 409, 422] });
      await page.goto('/p/cardvault');
      await settled(page);
      // A word, as names and addresses are made of.
      await run(page, `${look.split(' ').at(-1)}${Object.keys(FLOWS).indexOf(flow)}`, t);
    });
  }
}
