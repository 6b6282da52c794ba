// Webhooks: made, seen to arrive, seen to fail, mended, ended. What is sent arrives at a server of the test.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test from 'node:test';
import { until } from '../../tests/interop/support/carcosa.js';
import { dashboard, heading, openWindow, settled } from './support/browser.js';
import { startSink } from './support/seed.js';

// The sinks of the tests listen on this machine.
const world = dashboard({ settings: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
const LIST = '/p/cardvault/webhooks';

const call = (...args) => world.server.call(...args);
const make = (body) => call('POST', '/v1/webhook-endpoints', { event_types: ['tenant.created'], ...body }, 201);
const read = (endpoint) => call('GET', `/v1/webhook-endpoints/${endpoint.id}`, undefined, 200);
const deliveries = async (endpoint, query = '') => (await call('GET', `/v1/webhook-endpoints/${endpoint.id}/deliveries${query}`, undefined, 200)).data;
// Something that endpoints of tests hear.
const happen = (name) => call('POST', '/v1/tenants', { name }, 201);
const arrived = (sink, count, what = 'a request') => until(what, 10_000, () => sink.came.length >= count);
const clipboard = (page) => page.evaluate(() => navigator.clipboard.readText());

// Opens the page of an endpoint, named by what it is for.
async function open(page, endpoint, query = '') {
  await page.goto(`${LIST}/${endpoint.id}${query}`);
  await heading(page, endpoint.description ?? new URL(endpoint.url).host).waitFor();
  await settled(page);
}

async function more(page, item) {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

const rows = (page) => page.getByRole('table', { name: 'Deliveries' }).getByRole('row');
// The row of a delivery with these words in it.
const row = (page, ...texts) => texts.reduce((found, text) => found.filter({ hasText: text }), rows(page)).first();
// The badge beside the heading.
const badge = (page, text) => page.locator('main').getByText(text, { exact: true }).first();

// The secret that a dialog shows, once it does.
async function secretIn(dialog) {
  const secret = await dialog.getByText(/^whsec_\S+$/).innerText();
  await dialog.getByRole('button', { name: /^Copy .*secret$/ }).click();
  await dialog.getByRole('button', { name: 'Copied' }).waitFor();
  return secret;
}

async function forgotten(page, secret) {
  await page.reload();
  await settled(page);
  assert.ok(!(await page.content()).includes(secret), 'the secret is still on the page');
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, globalThis.history.state]));
  assert.ok(!kept.includes(secret), 'the secret is kept in the browser');
}

// The signature that a request has with a secret, as the specification makes it.
function signature(secret, { headers, body }) {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`;
}
const signs = (secret, request) => request.headers['webhook-signature'].split(' ').includes(signature(secret, request));

test('an endpoint is made in three steps; its secret is shown once, and a test arrives', async (t) => {
  const sink = await startSink(t);
  const page = await openWindow(t, world, { expected: [400, 422] });
  await page.goto(`${LIST}?new=1`);
  const dialog = page.getByRole('dialog', { name: 'New webhook endpoint' });
  const next = dialog.getByRole('button', { name: 'Next' });
  await dialog.getByText('Step 1 of 3: where to').waitFor();
  await next.click();
  await dialog.getByText('Give the address to which events are sent.').waitFor();
  // Of a private network that nobody has opened: the server will not have it.
  await dialog.getByLabel('Address').fill('https://10.1.2.3/in');
  await dialog.getByLabel(/^What for/).fill('Search index');
  await next.click();
  await dialog.getByText('Step 2 of 3: which events').waitFor();
  await dialog.getByRole('radio', { name: /^Chosen ones/ }).check();
  await next.click();
  await dialog.getByText('Choose at least one type of event.').waitFor();
  await dialog.getByRole('searchbox', { name: 'Search types of events' }).fill('tenant.');
  await dialog.getByRole('checkbox', { name: /^tenant\.created\b/ }).click();
  await dialog.getByRole('button', { name: 'Sample', exact: true }).first().click();
  await dialog.getByRole('region', { name: /^Data of / }).waitFor();
  await dialog.getByRole('searchbox', { name: 'Search types of events' }).fill('key');
  await dialog.getByRole('checkbox', { name: /^key\.\*/ }).click();
  await next.click();
  await dialog.getByText('Step 3 of 3: how').waitFor();
  await dialog.getByRole('button', { name: 'Add a header' }).click();
  await dialog.getByLabel('Header', { exact: true }).fill('x-gateway-key');
  await dialog.getByLabel('Value', { exact: true }).fill('open-sesame');
  await dialog.getByLabel(/^Most deliveries in a second/).fill('50');
  await dialog.getByRole('button', { name: 'Create endpoint' }).click();
  // Back where it is to be mended.
  await dialog.getByText('Step 1 of 3: where to').waitFor();
  const url = dialog.getByLabel('Address');
  await until('the field to be marked', 5000, async () => (await url.getAttribute('aria-invalid')) === 'true');
  await url.fill(sink.url);
  await next.click();
  await next.click();
  assert.equal(await dialog.getByLabel('Value', { exact: true }).inputValue(), 'open-sesame');
  await dialog.getByRole('button', { name: 'Create endpoint' }).click();

  const shown = page.getByRole('dialog', { name: 'The endpoint is there' });
  const secret = await secretIn(shown);
  assert.equal(await clipboard(page), secret);
  await shown.getByRole('button', { name: 'Send a test' }).click();
  await shown.getByText('Succeeded', { exact: true }).waitFor();
  await shown.getByText(/^It answered 200 after/).waitFor();
  const [request] = sink.came;
  assert.equal(JSON.parse(request.body).type, 'webhook_endpoint.tested');
  assert.equal(request.headers['x-gateway-key'], 'open-sesame');
  assert.ok(signs(secret, request));
  await shown.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('table', { name: 'Webhooks' }).getByText('Search index').waitFor();

  const found = (await call('GET', '/v1/webhook-endpoints', undefined, 200)).data.find((one) => one.url === sink.url);
  assert.deepEqual([found.event_types, found.header_names, found.rate_limit, found.ordered], [['tenant.created', 'key.*'], ['x-gateway-key'], 50, false]);
  await forgotten(page, secret);
  // The names of the headers are shown, never what they say.
  await open(page, found, '?tab=about');
  await page.getByText('x-gateway-key').waitFor();
  assert.ok(!(await page.content()).includes('open-sesame'));
});

test('a signature is checked in the page: right, changed, written anew, of another secret', async (t) => {
  const sink = await startSink(t);
  const endpoint = await make({ url: sink.url, description: 'Signed' });
  await happen('Signature');
  await arrived(sink, 1);
  const [{ headers, body }] = sink.came;
  const page = await openWindow(t, world);
  await open(page, endpoint);
  await more(page, 'Check a signature');
  const panel = page.getByRole('dialog', { name: 'Check a signature' });
  const sent = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  const fill = (name, text) => panel.getByLabel(name, { exact: true }).fill(text);
  const says = async (text) => {
    await panel.getByRole('button', { name: 'Check', exact: true }).click();
    await panel.getByRole('status').getByText(text).waitFor();
  };
  await panel.getByRole('button', { name: 'Check', exact: true }).click();
  await panel.getByText('Paste the secret.').waitFor();
  await fill('Signing secret', endpoint.secret);
  await fill('Body', body);
  await says(/^The header webhook-id is missing/);
  await fill('Headers', Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\n'));
  await says(/^The signature is right, and the message is .* old\. Your application should take it\.$/);
  await fill('Body', body.replace('Signature', 'Forgery'));
  await says(/^Body or headers are not what Carcosa sent/);
  await fill('Body', JSON.stringify(JSON.parse(body), undefined, 2));
  await says(/^The body was parsed and written again/);
  await fill('Body', body);
  await fill('Signing secret', `whsec_${Buffer.alloc(32, 7).toString('base64')}`);
  await says(/^The secret is wrong\. Headers and body are exactly what Carcosa sent/);
  await fill('Signing secret', endpoint.secret.slice(0, 12));
  await says(/^This is no signing secret/);
  assert.ok(sent.every((text) => !text.includes(endpoint.secret.slice(6)) && !text.includes(headers['webhook-id'])), 'something was sent');
});

test('a failed delivery is shown with what was sent and what came back, and is sent again once the application is well', async (t) => {
  const sink = await startSink(t);
  sink.status = 500;
  const endpoint = await make({ url: sink.url, description: 'Unwell' });
  const page = await openWindow(t, world);
  await open(page, endpoint);
  await page.getByText('Nothing was sent yet').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send a test' });
  await dialog.getByRole('radio', { name: /^Samples of events/ }).check();
  await dialog.getByRole('radio', { name: /^Chosen ones/ }).check();
  await dialog.getByRole('checkbox', { name: /^tenant\.created\b/ }).click();
  await dialog.getByRole('button', { name: 'Send', exact: true }).click();
  const watched = page.getByRole('dialog', { name: '1 test' });
  await watched.getByText('Failed', { exact: true }).waitFor();
  await watched.getByText(/^It failed: .*500/).waitFor();
  await watched.getByRole('button', { name: 'Close' }).last().click();

  await row(page, 'tenant.created', 'Failed').getByRole('link').click();
  await page.waitForURL(/delivery=/);
  const panel = page.getByRole('dialog', { name: 'tenant.created' });
  await panel.getByText(/^500 in /).waitFor();
  await panel.getByRole('region', { name: 'Body of the request' }).getByText('"sample": true').waitFor();
  await panel.getByRole('region', { name: 'Body of the answer' }).getByText('not now').waitFor();
  await panel.getByText(/^Headers \(/).first().click();
  await panel.getByRole('region', { name: 'Headers' }).first().getByText(sink.came[0].headers['webhook-signature']).waitFor();
  await panel.getByRole('button', { name: 'Copy as curl' }).click();
  await panel.getByRole('button', { name: 'Copied' }).waitFor();
  const curl = await clipboard(page);
  assert.ok(curl.startsWith(`curl -X POST '${sink.url}'`) && curl.includes(sink.came[0].headers['webhook-id']), curl);

  sink.status = 200;
  await panel.getByRole('button', { name: 'Send again' }).click();
  await page.getByText('It is sent again. The new delivery is at the top of the list.').first().waitFor();
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).search, '');
  await row(page, 'again', 'Succeeded').waitFor();
  assert.equal(sink.came.length, 2);
  assert.equal(sink.came[1].headers['webhook-id'], sink.came[0].headers['webhook-id']);
  const kept = await deliveries(endpoint);
  assert.deepEqual(kept.map((one) => [one.status, one.replay]), [['succeeded', true], ['failed', false]]);
});

test('an endpoint that fails is called so, found by its filter, and is well again once something arrives', { timeout: 60_000 }, async (t) => {
  const sink = await startSink(t);
  sink.status = 503;
  const endpoint = await make({ url: sink.url, description: 'Stumbling' });
  await make({ url: `${sink.url}/other`, event_types: ['tenant.purged'], description: 'Standing' });
  const halted = await make({ url: `${sink.url}/halted`, description: 'Halted' });
  await call('POST', `/v1/webhook-endpoints/${halted.id}/pause`, {}, 200);
  const page = await openWindow(t, world);
  await open(page, endpoint);
  await happen('Stumbled upon');
  await row(page, 'tenant.created', 'Retrying').waitFor();
  await badge(page, 'Failing').waitFor();
  await page.getByText(/^[12] failed$/).waitFor();
  await row(page, 'tenant.created').getByRole('link').click();
  const panel = page.getByRole('dialog', { name: 'tenant.created' });
  await panel.getByText(/^Attempt [23] is due$/).waitFor();
  await panel.getByText(/^503 in /).first().waitFor();
  // It is sent again anyway.
  assert.ok(await panel.getByRole('button', { name: 'Send again' }).isDisabled());
  await page.keyboard.press('Escape');

  const list = await page.context().newPage();
  const table = list.getByRole('table', { name: 'Webhooks' });
  const shows = async (some, none) => {
    await settled(list);
    for (const one of some) await table.getByText(one, { exact: true }).waitFor();
    for (const one of none) assert.equal(await list.getByText(one, { exact: true }).count(), 0, `${one} at ${list.url()}`);
  };
  await list.goto(`${LIST}?status=failing`);
  await shows(['Stumbling'], ['Standing', 'Halted']);
  await table.getByRole('row').filter({ hasText: 'Stumbling' }).getByText('Failing', { exact: true }).waitFor();
  await list.goto(`${LIST}?status=enabled`);
  await shows(['Stumbling', 'Standing'], ['Halted']);
  await list.getByRole('combobox', { name: 'Status: Enabled' }).click();
  await list.getByRole('option', { name: 'Paused' }).click();
  await list.waitForURL(/status=paused/);
  await shows(['Halted'], ['Stumbling', 'Standing']);
  await list.goBack();
  await shows(['Stumbling', 'Standing'], ['Halted']);
  await list.close();

  sink.status = 200;
  await happen('Upright');
  await row(page, 'tenant.created', 'Succeeded').waitFor();
  await badge(page, 'Enabled').waitFor();
  await page.getByText('Good', { exact: true }).waitFor();
});

test('what happens appears in the list as it happens', async (t) => {
  const sink = await startSink(t);
  const endpoint = await make({ url: sink.url, description: 'Watched' });
  const page = await openWindow(t, world);
  await open(page, endpoint);
  await page.getByText('Nothing was sent yet').waitFor();
  await page.evaluate(() => (globalThis.here = true));
  const tenant = await happen('Seen at once');
  await row(page, 'tenant.created', 'Succeeded').waitFor();
  assert.equal(await page.evaluate(() => globalThis.here), true, 'the page was loaded again');
  await row(page, 'tenant.created').getByRole('link').click();
  await page.getByRole('dialog', { name: 'tenant.created' }).getByRole('region', { name: 'Body of the request' }).getByText(tenant.id).first().waitFor();
  await page.getByRole('dialog').getByRole('region', { name: 'Body of the answer' }).getByText('thanks').waitFor();
});

test('pausing holds what happens, resuming sends it; a refusal is put back', async (t) => {
  const sink = await startSink(t);
  const endpoint = await make({ url: sink.url, description: 'Held' });
  const page = await openWindow(t, world, { expected: [503] });
  await open(page, endpoint);
  const problem = { type: 'about:blank', title: 'Overloaded', status: 503, code: 'overloaded', detail: 'Too much is going on just now.' };
  let goOn;
  const held = new Promise((resolve) => (goOn = resolve));
  const refuse = async (route) => {
    await held;
    await route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) });
  };
  await page.route('**/pause', refuse);
  await page.getByRole('button', { name: 'Pause' }).click();
  await badge(page, 'Paused').waitFor();
  goOn();
  await page.getByRole('region', { name: 'Notifications' }).getByText(problem.detail).waitFor();
  await badge(page, 'Enabled').waitFor();
  assert.equal((await read(endpoint)).status, 'enabled');
  await page.unroute('**/pause', refuse);

  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Nothing is sent. What happens meanwhile waits and is sent when you resume.').waitFor();
  // That is shown before the server has confirmed it; this is not.
  await page.getByRole('region', { name: 'Notifications' }).getByText('Paused. What happens meanwhile waits.').waitFor();
  assert.equal((await read(endpoint)).status, 'paused');
  assert.equal(await page.getByRole('button', { name: 'Send a test' }).count(), 0);
  await happen('Waits');
  await row(page, 'tenant.created', 'Waiting').waitFor();
  assert.equal(sink.came.length, 0);
  await page.getByRole('button', { name: 'Resume' }).click();
  await row(page, 'tenant.created', 'Succeeded').waitFor();
  assert.equal((await read(endpoint)).status, 'enabled');
  assert.equal(sink.came.length, 1);
});

test('a rotated secret is shown once, and both sign as long as was chosen', async (t) => {
  const sink = await startSink(t);
  const endpoint = await make({ url: sink.url, description: 'Rotated' });
  const page = await openWindow(t, world);
  await open(page, endpoint);
  const rotate = async (choice) => {
    await more(page, 'Rotate secret');
    const dialog = page.getByRole('dialog', { name: 'Rotate the signing secret' });
    await dialog.getByRole('radio', { name: choice }).check();
    await dialog.getByRole('button', { name: 'Rotate secret' }).click();
    const shown = page.getByRole('dialog', { name: 'The new signing secret' });
    const secret = await secretIn(shown);
    return { shown, secret };
  };
  const second = await rotate(/^Signs for 24 hours more/);
  await second.shown.getByText(/^The old secret signs too until/).waitFor();
  await second.shown.getByRole('button', { name: 'I have stored it' }).click();
  await happen('Twice signed');
  await arrived(sink, 1);
  assert.deepEqual([endpoint.secret, second.secret].map((secret) => signs(secret, sink.came[0])), [true, true]);
  await forgotten(page, second.secret);
  const third = await rotate(/^Stops signing at once/);
  await third.shown.getByText('The old secret signs no more.').waitFor();
  await third.shown.getByRole('button', { name: 'I have stored it' }).click();
  await happen('Once signed');
  await arrived(sink, 2);
  assert.deepEqual([endpoint.secret, second.secret, third.secret].map((secret) => signs(secret, sink.came[1])), [false, false, true]);
});

test('an application that says it is gone is sent nothing; resumed, what failed is sent again', async (t) => {
  const sink = await startSink(t);
  sink.status = 410;
  const endpoint = await make({ url: sink.url, description: 'Moved house' });
  const page = await openWindow(t, world);
  await open(page, endpoint);
  await happen('Gone');
  await page.getByText(/^It answered 410 Gone, so Carcosa stopped sending/).waitFor();
  await badge(page, 'Disabled: gone').waitFor();
  await row(page, 'tenant.created', 'Failed').waitFor();
  for (const status of ['disabled', 'failing']) {
    await page.goto(`${LIST}?status=${status}`);
    await page.getByRole('table', { name: 'Webhooks' }).getByText('Disabled: gone').waitFor();
  }
  await page.getByRole('link', { name: sink.url }).click();
  await heading(page, 'Moved house').waitFor();
  sink.status = 200;
  await page.getByRole('button', { name: 'Resume' }).click();
  await badge(page, 'Enabled').waitFor();
  await more(page, 'Send again…');
  const dialog = page.getByRole('dialog', { name: 'Send again' });
  await dialog.getByRole('radio', { name: /^What failed/ }).check();
  await dialog.getByRole('button', { name: 'Send again' }).click();
  await dialog.getByText('1 delivery on the way; see the list.').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await row(page, 'again', 'Succeeded').waitFor();
  assert.equal(sink.came.length, 2);
  assert.equal(sink.came[0].headers['webhook-id'], sink.came[1].headers['webhook-id']);
  // Chosen in the list, too.
  await page.getByRole('checkbox', { name: 'Select tenant.created' }).last().click();
  await page.getByText('1 delivery chosen').waitFor();
  await page.getByRole('button', { name: 'Send again' }).click();
  await dialog.getByRole('radio', { name: /^1 chosen delivery/, checked: true }).waitFor();
  await dialog.getByRole('button', { name: 'Send again' }).click();
  await dialog.getByText('1 delivery on the way; see the list.').waitFor();
  await arrived(sink, 3);
});

test('deliveries are narrowed by state, type and event; the address has it', async (t) => {
  const sink = await startSink(t);
  const endpoint = await make({ url: sink.url, event_types: ['tenant.*'], description: 'Sifted' });
  const tenant = await happen('Sifted');
  await call('PATCH', `/v1/tenants/${tenant.id}`, { plan: 'pro' }, 200);
  await arrived(sink, 2, 'two requests');
  sink.status = 500;
  await call('POST', `/v1/webhook-endpoints/${endpoint.id}/test`, {}, 200);
  await until('the test to fail', 10_000, async () => (await deliveries(endpoint, '?status=failed')).length === 1);
  const page = await openWindow(t, world);
  await open(page, endpoint);
  const types = async () => {
    await settled(page);
    return (await rows(page).locator('[data-row]').allInnerTexts()).map((text) => text.trim().split(/\s/)[0]).sort();
  };
  const shows = (...names) => until(`the rows ${names.join(', ')}`, 5000, async () => JSON.stringify(await types()) === JSON.stringify(names));
  await shows('tenant.created', 'tenant.updated', 'webhook_endpoint.tested');
  const choose = async (filter, text) => {
    await page.getByRole('combobox', { name: new RegExp(`^${filter}`) }).click();
    await page.getByRole('option', { name: text, exact: true }).click();
  };
  await choose('Status', 'Failed');
  await page.waitForURL(/status=failed/);
  await shows('webhook_endpoint.tested');
  await choose('Status', 'Succeeded');
  await shows('tenant.created', 'tenant.updated');
  await choose('Event', 'tenant.updated');
  await page.waitForURL(/type=tenant\.updated/);
  await shows('tenant.updated');
  await page.goBack();
  await shows('tenant.created', 'tenant.updated');
  const search = page.getByRole('searchbox', { name: /^Event id/ });
  await search.fill('evt_nonsense');
  await page.getByText('An event id is evt_ and 26 characters; this is none.').waitFor();
  const [created] = await deliveries(endpoint, '?event_type=tenant.created');
  await search.fill(created.event_id);
  await shows('tenant.created');
  // The row's address keeps the filters, and opens as it is.
  await row(page, 'tenant.created').getByRole('link').click();
  await page.waitForURL(/delivery=/);
  await page.goto(page.url());
  await page.getByRole('dialog', { name: 'tenant.created' }).waitFor();
  await page.keyboard.press('Escape');
  await page.waitForURL((url) => !url.searchParams.has('delivery') && url.searchParams.get('event') === created.event_id);
  await choose('Status', 'Canceled');
  await page.getByText('No delivery matches').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await shows('tenant.created', 'tenant.updated', 'webhook_endpoint.tested');
});

test('an endpoint is edited; headers are replaced, and what someone else saved is kept', async (t) => {
  const sink = await startSink(t);
  const endpoint = await make({ url: sink.url, description: 'Edited', headers: { 'x-old': 'one' } });
  const page = await openWindow(t, world);
  await open(page, endpoint);
  await more(page, 'Edit');
  const dialog = page.getByRole('dialog', { name: 'Edit endpoint' });
  await dialog.getByRole('checkbox', { name: /^Strict order/ }).click();
  await dialog.getByRole('checkbox', { name: 'Replace the headers (x-old)' }).click();
  await dialog.getByRole('button', { name: 'Remove x-old' }).click();
  await dialog.getByRole('button', { name: 'Add a header' }).click();
  await dialog.getByLabel('Header', { exact: true }).fill('x-new');
  await dialog.getByLabel('Value', { exact: true }).fill('two');
  await call('PATCH', `/v1/webhook-endpoints/${endpoint.id}`, { description: 'Edited by two' }, 200);
  await dialog.getByText('Someone else changed this meanwhile.').waitFor();
  await dialog.getByRole('button', { name: 'Keep mine' }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await heading(page, 'Edited by two').waitFor();
  const now = await read(endpoint);
  assert.deepEqual([now.description, now.ordered, now.header_names], ['Edited by two', true, ['x-new']]);
  await happen('With another header');
  await arrived(sink, 1);
  assert.deepEqual([sink.came[0].headers['x-new'], sink.came[0].headers['x-old']], ['two', undefined]);
});

test('an endpoint of a tenant hears of its tenant alone', async (t) => {
  const sink = await startSink(t);
  const tenant = await happen('Builder');
  const page = await openWindow(t, world);
  await page.goto(`/p/cardvault/tenants/${tenant.id}/webhooks`);
  await page.getByText('No endpoints yet').waitFor();
  await page.locator('[data-create]').click();
  const dialog = page.getByRole('dialog', { name: 'New webhook endpoint of Builder' });
  await dialog.getByLabel('Address').fill(sink.url);
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('button', { name: 'Next' }).click();
  await dialog.getByRole('button', { name: 'Create endpoint' }).click();
  const shown = page.getByRole('dialog', { name: 'The endpoint is there' });
  const secret = await secretIn(shown);
  await shown.getByRole('button', { name: 'I have stored it' }).click();
  const [endpoint] = (await call('GET', `/v1/tenants/${tenant.id}/webhook-endpoints`, undefined, 200)).data;
  assert.equal(endpoint.tenant_id, tenant.id);
  await page.getByRole('link', { name: sink.url }).click();
  await settled(page);
  await happen('Somebody else');
  await call('PATCH', `/v1/tenants/${tenant.id}`, { plan: 'pro' }, 200);
  await row(page, 'tenant.updated', 'Succeeded').waitFor();
  assert.ok(sink.came.every((request) => JSON.parse(request.body).tenantid === tenant.id));
  assert.ok(signs(secret, sink.came[0]));
  // Not among the project's, unless asked for.
  await page.goto(`${LIST}?tenant=${tenant.id}`);
  await page.getByRole('link', { name: sink.url }).waitFor();
  await page.goto(LIST);
  await settled(page);
  assert.equal(await page.getByRole('link', { name: sink.url }).count(), 0);
});

test('an endpoint is deleted once its host is typed', async (t) => {
  const sink = await startSink(t);
  const endpoint = await make({ url: sink.url, description: 'Unneeded' });
  await call('POST', `/v1/webhook-endpoints/${endpoint.id}/pause`, {}, 200);
  await happen('Never sent');
  await until('a delivery that waits', 10_000, async () => (await deliveries(endpoint)).length === 1);
  // The page may hear that it is gone before it is told so.
  const page = await openWindow(t, world, { expected: [404] });
  await open(page, endpoint);
  await more(page, 'Delete');
  const ask = page.getByRole('alertdialog', { name: 'Delete this endpoint?' });
  await ask.getByText('1 delivery that waits is never sent.').waitFor();
  const yes = ask.getByRole('button', { name: 'Delete endpoint' });
  assert.ok(await yes.isDisabled());
  const { host } = new URL(sink.url);
  await ask.getByLabel(`Type ${host} to confirm`).fill(host);
  await yes.click();
  await heading(page, 'Webhooks').waitFor();
  await page.getByText('The endpoint is deleted.').first().waitFor();
  await settled(page);
  assert.equal(await page.getByText('Unneeded', { exact: true }).count(), 0);
  await call('GET', `/v1/webhook-endpoints/${endpoint.id}`, undefined, 404);
});
