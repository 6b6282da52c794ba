// Projects and their settings: each part is saved and shown again, refused at its field, and never written over what someone else saved.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, dashboard, heading, openWindow, refused, settled } from './support/browser.js';
import { asked } from './support/door.js';

const world = dashboard();
const settings = (part) => `/p/cardvault/settings${part ? `/${part}` : ''}`;
const stored = () => world.server.call('GET', '/v1/project', undefined, 200);
const change = (body) => world.server.call('PATCH', '/v1/project', body, 200);
const save = (page) => page.getByRole('button', { name: 'Save', exact: true });
const saved = (page) => page.getByRole('region', { name: 'Notifications' }).getByText('The settings are saved.');
const conflict = (page) => page.getByRole('main').getByText('Someone else changed this meanwhile.');
const open = async (t, part, options) => {
  const page = await openWindow(t, world, options);
  await page.goto(settings(part));
  await settled(page);
  return page;
};

// What someone else saves between the press and the request, so that the versions differ for certain.
async function meanwhile(page, body) {
  let done = false;
  await page.route('**/v1/project', async (route) => {
    if (route.request().method() === 'PATCH' && !done) {
      done = true;
      await change(body);
    }
    return route.fallback();
  });
}

test('a project is created, and one changes between projects by the switcher and the palette', async (t) => {
  const page = await openWindow(t, world, { expected: [409, 422] });
  await page.goto('/p/cardvault');
  await settled(page);
  await page.getByRole('button', { name: /^Project: CardVault/ }).click();
  await page.getByRole('menuitem', { name: 'New project' }).click();
  const dialog = page.getByRole('dialog', { name: 'New project' });
  const create = dialog.getByRole('button', { name: 'Create project' });
  await create.click();
  await dialog.getByText('Needed.').waitFor();
  await refused(page);
  await dialog.getByLabel('Name', { exact: true }).fill('Try-outs');
  await dialog.getByText('such as /p/try-outs').waitFor();
  await dialog.getByRole('radio', { name: 'Test' }).check();
  await dialog.getByLabel('Short name').fill('cardvault');
  await create.click();
  await dialog.getByRole('textbox', { name: 'Short name' }).and(page.locator('[aria-invalid=true]:focus')).waitFor();
  assert.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Try-outs');
  await dialog.getByLabel('Short name').fill('try-it');
  await create.click();
  await page.waitForURL(/\/p\/try-it$/);
  await page.getByRole('button', { name: /^Project: Try-outs ?test/ }).waitFor();
  const { data } = await asked(page, 'GET', '/v1/projects');
  assert.deepEqual(data.filter(({ slug }) => slug === 'try-it').map(({ name, environment }) => [name, environment]), [['Try-outs', 'test']]);

  await page.getByRole('button', { name: /^Project: Try-outs/ }).click();
  await page.getByRole('menuitem', { name: 'CardVault' }).click();
  await page.waitForURL(/\/p\/cardvault$/);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search and commands' }).fill('try-o');
  await page.getByRole('option', { name: /^Try-outs/ }).click();
  await page.waitForURL(/\/p\/try-it$/);
  // The start leads to where one worked last.
  await page.goto('/');
  await page.waitForURL(/\/p\/try-it$/);
});

// What is typed into each part, what the API has then, and what the page shows after a reload.
const PARTS = [
  ['', { 'Display name': 'Card Vault II' }, ({ name }) => name, 'Card Vault II'],
  ['tenants', { Plan: 'starter', 'Tenants one user can be a member of': '7' }, ({ settings: s }) => [s.default_plan, s.max_tenants_per_user], ['starter', 7]],
  ['people', { 'Your application’s page that accepts invitations': 'https://app.example.com/join?a=b#c', 'Days in which an invitation can be accepted': '14' }, ({ settings: s }) => [s.invitation_url, s.invitation_expiry_days], ['https://app.example.com/join?a=b#c', 14]],
  ['retention', { 'Days that a deleted tenant is kept': '90' }, ({ settings: s }) => s.retention_days, 90],
  ['keys', { Prefix: 'vault' }, ({ settings: s }) => s.key_prefix, 'vault'],
];
for (const [part, fields, read, wanted] of PARTS) {
  test(`settings, ${part || 'general'}: saved, and shown again`, async (t) => {
    const page = await open(t, part);
    assert.ok(await save(page).isDisabled(), 'nothing has changed yet');
    const field = (name) => page.getByRole('textbox', { name: new RegExp(`^${name}`) });
    for (const [name, value] of Object.entries(fields)) await field(name).fill(value);
    await save(page).click();
    await saved(page).waitFor();
    assert.deepEqual(read(await stored()), wanted);
    await page.reload();
    await settled(page);
    for (const [name, value] of Object.entries(fields)) assert.equal(await field(name).inputValue(), value);
    if (part === '') await page.getByRole('button', { name: /^Project: Card Vault II/ }).waitFor();
    if (part === 'people') await page.getByText('https://app.example.com/join?a=b&token=…#c').waitFor();
  });
}

test('settings, tenants: the first status and reserved short names', async (t) => {
  const page = await open(t, 'tenants');
  await page.getByLabel('Status').click();
  await page.getByRole('option', { name: 'Pending' }).click();
  const words = page.getByRole('textbox', { name: 'Reserved short names' });
  await words.fill('Billing');
  await words.press('Enter');
  await words.fill('not_a_slug');
  await save(page).click();
  await page.getByText('“not_a_slug” is no short name').waitFor();
  await refused(page);
  await page.getByRole('button', { name: 'Remove not_a_slug' }).click();
  await save(page).click();
  await saved(page).waitFor();
  const { settings: now } = await stored();
  assert.deepEqual([now.initial_status, now.reserved_slugs], ['pending', ['billing']]);
  await page.reload();
  await page.getByRole('button', { name: 'Remove billing' }).waitFor();
  await page.getByLabel('Status').getByText('Pending').waitFor();
});

test('settings, people: what only the server refuses stands at its field', async (t) => {
  const page = await open(t, 'people', { expected: [422] });
  const before = (await stored()).version;
  const url = page.getByRole('textbox', { name: /^Your application’s page/ });
  await url.fill('http://app.example.com/join');
  await save(page).click();
  await url.and(page.locator('[aria-invalid=true]:focus')).waitFor();
  assert.equal(await url.inputValue(), 'http://app.example.com/join');
  const days = page.getByRole('textbox', { name: /^Days/ });
  await days.fill('366');
  await save(page).click();
  await page.getByText('A whole number from 1 to 365.').waitFor();
  assert.equal((await stored()).version, before);
});

test('settings, keys: a prefix that is none is refused at its field', async (t) => {
  const page = await open(t, 'keys');
  const before = await stored();
  await page.getByRole('textbox', { name: 'Prefix' }).fill('9-lives');
  await save(page).click();
  await page.getByText('2 to 12 small letters and digits, beginning with a letter.').waitFor();
  assert.equal((await stored()).settings.key_prefix, before.settings.key_prefix);
});

test('settings, metadata: a schema is tried, refused where it is none, saved, and removed', async (t) => {
  const tenant = await world.server.call('POST', '/v1/tenants', { name: 'Misfit', metadata: { seats: 'many' } }, 201);
  t.after(() => change({ settings: { metadata_schema: null } }));
  const page = await open(t, 'metadata', { expected: [422] });
  const schema = page.getByRole('textbox', { name: 'JSON Schema' });
  await schema.fill('{ "type": ');
  await page.getByText('This is no JSON').waitFor();
  await save(page).click();
  assert.equal((await stored()).settings.metadata_schema, null);
  // JSON, but no schema: that is the server's to say.
  await schema.fill('{ "type": "nothing-of-the-kind" }');
  await save(page).click();
  await schema.and(page.locator('[aria-describedby$="error"]')).waitFor();
  await refused(page);
  assert.equal((await stored()).settings.metadata_schema, null);
  const real = { type: 'object', properties: { seats: { type: 'integer', minimum: 1 } } };
  await schema.fill(JSON.stringify(real));
  const sample = page.getByRole('textbox', { name: 'Sample metadata' });
  await sample.fill('{ "seats": 0 }');
  await page.getByRole('main').getByText(/\/seats/).first().waitFor();
  await sample.fill('{ "seats": 3 }');
  await page.getByText('It fits the schema.').waitFor();
  await page.getByRole('button', { name: 'Check the newest tenants' }).click();
  await page.getByText('1 tenant does not fit.').waitFor();
  await page.getByRole('link', { name: 'Misfit' }).waitFor();
  await save(page).click();
  await saved(page).waitFor();
  assert.deepEqual((await stored()).settings.metadata_schema, real);
  await page.reload();
  await settled(page);
  assert.deepEqual(JSON.parse(await schema.inputValue()), real);
  await page.getByRole('button', { name: 'Remove the schema' }).click();
  await save(page).click();
  await saved(page).waitFor();
  assert.equal((await stored()).settings.metadata_schema, null);
  await world.server.call('DELETE', `/v1/tenants/${tenant.id}`, undefined, 200);
});

test('settings, permissions: added, refused, and removed after asking what names them', async (t) => {
  const page = await open(t, 'permissions');
  const row = (at) => [page.getByLabel('Name', { exact: true }).nth(at), page.getByLabel('What it allows').nth(at)];
  const add = page.getByRole('button', { name: 'Add a permission' });
  await add.click();
  await row(0)[0].fill('Invoice:Approve');
  await row(0)[1].fill('Approve invoices.');
  await add.click();
  await row(1)[0].fill('invoice approve');
  await save(page).click();
  await page.getByText('A noun, “:” and a verb').waitFor();
  await refused(page);
  await row(1)[0].fill('invoice:approve');
  await save(page).click();
  await page.getByText('This name stands here twice.').first().waitFor();
  await refused(page);
  await row(1)[0].fill('invoice:read');
  await accessible(page);
  await save(page).click();
  await saved(page).waitFor();
  assert.deepEqual((await stored()).settings.permissions, { 'invoice:approve': 'Approve invoices.', 'invoice:read': '' });
  await world.server.call('POST', '/v1/roles', { key: 'approver', name: 'Approver', permissions: ['invoice:approve'] }, 201);
  await page.reload();
  await settled(page);
  await page.getByRole('button', { name: 'Remove invoice:read' }).click();
  assert.equal(await page.getByRole('alertdialog').count(), 0, 'nothing names it');
  const ask = page.getByRole('alertdialog', { name: 'Remove invoice:approve?' });
  await page.getByRole('button', { name: 'Remove invoice:approve' }).click();
  await ask.getByText('1 role of this project names it: Approver.').waitFor();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Remove invoice:approve' }).click();
  await ask.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('None yet.').waitFor();
  await save(page).click();
  await saved(page).waitFor();
  assert.deepEqual((await stored()).settings.permissions, {});
});

test('settings, retention: asks, with the short name, before entries of the log go', async (t) => {
  await change({ settings: { audit_retention_days: 0 } });
  const page = await open(t, 'retention');
  const log = page.getByRole('textbox', { name: 'Days that the log is kept' });
  await log.fill('30');
  await save(page).click();
  const ask = page.getByRole('alertdialog', { name: 'Remove old entries of the log?' });
  await ask.getByText('all entries older than 30 days are removed').waitFor();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await stored()).settings.audit_retention_days, 0);
  assert.equal(await log.inputValue(), '30', 'what was typed stays');
  await save(page).click();
  const yes = ask.getByRole('button', { name: 'Save and remove' });
  assert.ok(await yes.isDisabled());
  await ask.getByLabel('Type cardvault to confirm').fill('cardvault');
  await yes.click();
  await saved(page).waitFor();
  assert.equal((await stored()).settings.audit_retention_days, 30);
  // Longer takes nothing away.
  await log.fill('60');
  const answered = page.waitForResponse((response) => response.request().method() === 'PATCH');
  await save(page).click();
  assert.equal((await answered).status(), 200);
  assert.equal((await stored()).settings.audit_retention_days, 60);
});

test('what someone else saved meanwhile is shown, and either side can be kept', async (t) => {
  await change({ name: 'Before' });
  const page = await open(t, '', { expected: [412] });
  const name = page.getByRole('textbox', { name: 'Display name' });
  for (const [keep, wanted] of [['Keep mine', 'Mine'], ['Take theirs', 'Theirs']]) {
    await name.fill('Mine, at first');
    await meanwhile(page, { name: 'Theirs' });
    await save(page).click();
    await conflict(page).waitFor();
    assert.equal((await stored()).name, 'Theirs', 'it is not written over');
    assert.equal(await name.inputValue(), 'Mine, at first', 'what was typed stays');
    await accessible(page);
    await page.getByRole('button', { name: keep }).click();
    await conflict(page).waitFor({ state: 'detached' });
    assert.equal(await name.inputValue(), keep === 'Keep mine' ? 'Mine, at first' : 'Theirs');
    if (keep === 'Keep mine') {
      await name.fill('Mine');
      await save(page).click();
      await page.getByRole('button', { name: /^Project: Mine/ }).waitFor();
    } else assert.ok(await save(page).isDisabled(), 'there is nothing to save');
    assert.equal((await stored()).name, wanted);
  }
});

test('what someone else saved in another part is no conflict', async (t) => {
  const page = await open(t, '', { expected: [412] });
  await page.getByRole('textbox', { name: 'Display name' }).fill('Together');
  await meanwhile(page, { settings: { max_tenants_per_user: 9 } });
  await save(page).click();
  await saved(page).waitFor();
  const now = await stored();
  assert.deepEqual([now.name, now.settings.max_tenants_per_user], ['Together', 9]);
  assert.equal(await conflict(page).count(), 0);
});

test('what another tab saves appears in a form where nothing was typed', async (t) => {
  const page = await open(t, '');
  await change({ name: 'From elsewhere' });
  await page.getByRole('textbox', { name: 'Display name' }).and(page.locator('[value="From elsewhere"]')).waitFor();
  await heading(page, 'Settings').waitFor();
});
