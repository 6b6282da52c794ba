// Text that would be markup, a script, a link or a layout of its own: in every text that the API takes, every field that is typed into, every address. It is text.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { send } from '../../tests/interop/support/carcosa.js';
import { dashboard, fits, openWindow, settled, signIn } from './support/browser.js';
import { dialogsOf, everything, pagesOf } from './support/seed.js';

const world = dashboard({ seed: everything });
const api = JSON.parse(await readFile(new URL('../../openapi/carcosa.json', import.meta.url), 'utf8'));
const PHONE = { width: 390, height: 844, expected: [400, 403, 404, 409, 413, 422, 'network'] };
const HOME = '/p/cardvault';

const TEXTS = [
  '<img src=x onerror="globalThis.ran=1">',
  '"\'></textarea><script>globalThis.ran=1</script>',
  'javascript:globalThis.ran=1//',
  'https://evil.example/?q="><svg/onload=globalThis.ran=1>',
  '{{7*7}}${7*7}<%=7*7%>',
  '\u202Efdp.exe\u2066 \u200F\u0301\u0301\u0301',
  'W'.repeat(400),
];

// What its string places are made of, each as a body that has this one alone.
function* bodies(schema, text) {
  const { $ref, anyOf, type, properties, additionalProperties: others, items, maxLength = 2000, enum: words } = schema;
  const short = text.slice(0, maxLength);
  if ($ref) yield* bodies(api.components.schemas[$ref.split('/').at(-1)], text);
  else if (anyOf) yield* bodies(anyOf[0], text);
  else if (words) return;
  else if (type?.includes('string')) yield short;
  else if (type?.includes('array')) for (const item of bodies(items, text)) yield [item];
  else if (properties) for (const [name, one] of Object.entries(properties)) for (const body of bodies(one, text)) yield { [name]: body };
  else if (others) yield* [{ [text]: 'value' }, { 'x-name': short }, ...(others === true ? [{ deep: { [text]: [short] } }] : [])];
}

// The bodies of a request, by what is documented of it.
const bodiesOf = (method, path, text) => bodies(api.paths[path][method.toLowerCase()].requestBody.content['application/json'].schema, text);

// What has such texts: where it is made and changed, and what it needs to be made. `number` makes names unique.
const tenantPart = (part, change, base) => ({ create: `/v1/tenants/{tenant}/${part}`, change: change && `/v1/tenants/{tenant}/${part}/{${change}}`, base });
const KINDS = {
  tenant: { create: '/v1/tenants', change: '/v1/tenants/{tenant}', base: (number) => ({ name: `Tenant ${number}` }) },
  user: { create: '/v1/users', change: '/v1/users/{user}', base: (number) => ({ email: `user${number}@evil.example` }) },
  role: { create: '/v1/roles', change: '/v1/roles/{role}', base: (number) => ({ key: `role_${number}`, name: `Role ${number}`, permissions: ['tenant:read'] }) },
  key: { create: '/v1/keys', change: '/v1/keys/{api_key}', base: (number) => ({ name: `Key ${number}` }) },
  endpoint: { create: '/v1/webhook-endpoints', change: '/v1/webhook-endpoints/{webhook_endpoint}', base: (number) => ({ url: `https://hooks.example/${number}`, event_types: ['tenant.purged'] }) },
  client: { create: '/v1/sync/clients', change: '/v1/sync/clients/{sync_client}', base: (number) => ({ name: `Copy ${number}` }) },
  member: tenantPart('members', 'membership', (number) => ({ email: `member${number}@evil.example`, role: 'viewer' })),
  organization: tenantPart('organizations', 'organization', (number) => ({ name: `Organization ${number}` })),
  tenantRole: tenantPart('roles', 'role', (number) => ({ key: `own_${number}`, name: `Own ${number}`, permissions: ['tenant:read'] })),
  tenantKey: tenantPart('keys', 'api_key', (number) => ({ name: `Key of a tenant ${number}` })),
  tenantEndpoint: tenantPart('webhook-endpoints', 'webhook_endpoint', (number) => ({ url: `https://hooks.example/of/${number}`, event_types: ['*'] })),
  invitation: tenantPart('invitations', undefined, (number) => ({ email: `invited${number}@evil.example` })),
  share: tenantPart('shares', undefined, (number) => ({ grantee_id: world.made.group.id, resource: `folder/${number}`, role: 'viewer' })),
  operator: { create: '/v1/operators', change: '/v1/operators/{operator}', base: (number) => ({ email: `operator${number}@evil.example`, platform_role: 'super_admin' }) },
  project: { create: '/v1/projects', base: (number) => ({ name: `Project ${number}`, environment: 'test' }) },
};
// What is there once, or belongs to one of the above.
const CHANGES = [
  ['PATCH', '/v1/tenants/{tenant}/security-policy', {}],
  ['POST', '/v1/sync/clients/{client}/reports', { kind: 'changes', outcome: 'failed' }],
  ['POST', '/v1/tenants/{tenant}/suspend', {}],
  ['PATCH', '/v1/project', {}],
];

// Asks as the project's key, or as an operator; the server may refuse, and must not fail.
async function asker(page) {
  const { request } = page.context();
  const session = await signIn(page.context(), world.server);
  return async (method, path, body) => {
    const ours = !/^\/v1\/(operators|projects)/.test(path);
    const headers = ours ? { authorization: `Bearer ${world.server.key}` } : { 'x-csrf-token': session.csrf_token };
    const answer = ours ? await send(fetch, world.server.url + path, method, headers, body) : await request.fetch(path, { method, headers, data: body });
    const status = typeof answer.status === 'function' ? answer.status() : answer.status;
    assert.ok(status < 500, `${method} ${path} ${JSON.stringify(body)}: ${status}`);
    return { status, body: status === 204 ? undefined : await answer.json() };
  };
}

// One of each kind, with the text wherever the server takes it. What was taken is counted: a walk that finds no place proves nothing.
async function fill(ask, text, number) {
  const made = {};
  let taken = 0;
  const count = ({ status }) => (taken += status < 300 ? 1 : 0);
  for (const [kind, { create, change, base }] of Object.entries(KINDS)) {
    const path = create.replace('{tenant}', made.tenant?.id);
    const { status, body } = await ask('POST', path, base(number));
    assert.equal(status, 201, `${create}: ${JSON.stringify(body)}`);
    made[kind] = body;
    for (const one of bodiesOf('POST', create, text)) if (!change) count(await ask('POST', path, { ...base(`${number}x${taken}`), ...one }));
    if (!change) continue;
    const own = change.replace('{tenant}', made.tenant.id).replace(/\{\w+\}$/, body.id);
    for (const one of bodiesOf('PATCH', change, text)) count(await ask('PATCH', own, one));
  }
  for (const [method, path, base] of CHANGES) {
    const own = path.replace('{tenant}', made.tenant.id).replace('{client}', made.client.id);
    for (const one of bodiesOf(method, path.replace('{client}', '{sync_client}'), text)) count(await ask(method, own, { ...base, ...one }));
  }
  return { made, taken };
}

// A window that tells what ran in it, and which other servers were asked. Images may be: logos are images of elsewhere. All that is wrong is said at the end.
async function guarded(t) {
  const page = await openWindow(t, world, PHONE);
  const [ran, wrong] = [[], []];
  page.on('dialog', (dialog) => {
    // Pages ask before what was typed is lost.
    if (dialog.type() === 'beforeunload') return dialog.accept();
    ran.push(`said ${dialog.message()}`);
    return dialog.dismiss();
  });
  await page.route((url) => url.host !== new URL(world.server.url).host && url.protocol.startsWith('http'), (route) => {
    if (route.request().resourceType() !== 'image') ran.push(`asked ${route.request().url()}`);
    return route.abort();
  });
  const harmless = async (where) => {
    const found = await page.evaluate(() => {
      const links = [...document.querySelectorAll('[href], [src], [action], [formaction]')].flatMap((one) => ['href', 'src', 'action', 'formaction'].map((name) => one.getAttribute(name) ?? ''));
      return {
        ran: globalThis.ran,
        scripts: links.filter((link) => /^[\s\u0000-\u001f]*(javascript|vbscript|data:text)/i.test(link)),
        foreign: [...document.querySelectorAll('#root img[src="x"], #root script, #root svg[onload], #root [onerror]')].map((one) => one.outerHTML),
      };
    });
    const bad = [...ran.splice(0), ...(found.ran ? ['it ran'] : []), ...found.scripts, ...found.foreign];
    wrong.push(...bad.map((what) => `${where}: ${what}`));
    await fits(page, where).catch((error) => wrong.push(error.message));
  };
  return { page, harmless, verdict: () => assert.equal(wrong.length, 0, wrong.join('\n')) };
}

const pagesOfOne = ({ tenant, user, role, key, endpoint, client, organization, operator }) => [
  ...['', '/settings', `/organizations?open=${organization.id}`].map((part) => `${HOME}/tenants/${tenant.id}${part}`),
  `${HOME}/users/${user.id}`,
  `${HOME}/roles/${role.id}`,
  `${HOME}/keys/${key.id}`,
  `${HOME}/webhooks/${endpoint.id}?tab=about`,
  `${HOME}/sync/${client.id}`,
  `/installation/operators/${operator.id}`,
];

test('text that the API takes is text on every page', { timeout: 300_000 }, async (t) => {
  const { page, harmless, verdict } = await guarded(t);
  const ask = await asker(page);
  const filled = [];
  for (const [number, text] of TEXTS.entries()) filled.push(await fill(ask, text, number));
  for (const [number, { taken }] of filled.entries()) assert.ok(taken > 20, `only ${taken} places take ${TEXTS[number]}`);
  const [{ made }] = filled;
  const all = pagesOf({ ...world.made, ...made, acme: made.tenant });
  // The first is on all pages, the others on those of the things that have them.
  const paths = new Set([...all, ...filled.slice(1).flatMap((one) => pagesOfOne(one.made))]);
  for (const path of paths) {
    await page.goto(path);
    await settled(page);
    await harmless(path);
  }
  verdict();
});

// Types into every field that is shown, one text after another.
async function typeEverywhere(place, from) {
  const fields = await place.locator('input:not([type=checkbox], [type=radio], [type=color], [type=date], [type=time], [type=datetime-local], [type=number]):enabled, textarea:enabled').elementHandles();
  for (const [number, field] of fields.entries()) {
    // Choices and switches have hidden fields; what is typed into a search may take other fields away.
    if (!(await field.isVisible())) continue;
    await field.fill(TEXTS[(from + number) % TEXTS.length], { timeout: 3000 }).catch(async (error) => assert.ok(!(await field.isVisible()), error.message));
  }
  return fields.length;
}

test('text that is typed is text, also where it is refused', { timeout: 300_000 }, async (t) => {
  const { page, harmless, verdict } = await guarded(t);
  const tenant = `${HOME}/tenants/${world.made.acme.id}`;
  const more = ['organizations', 'shares', 'keys', 'webhooks', 'roles'].map((tab) => `${tenant}/${tab}?new=1`);
  for (const [number, path] of [...dialogsOf(world.made), ...more, `${HOME}/keys?test=1`].entries()) {
    await page.goto(path);
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await settled(page);
    const options = dialog.getByRole('button', { name: 'More options' });
    if (await options.isVisible()) await options.click();
    await dialog.locator('details:not([open]) > summary').evaluateAll((all) => all.forEach((one) => one.click()));
    assert.ok((await typeEverywhere(dialog, number)) > 0, path);
    await harmless(`${path}, typed`);
    await page.keyboard.press('Enter');
    await settled(page);
    await harmless(`${path}, sent`);
  }
  for (const [number, path] of pagesOf(world.made).entries()) {
    await page.goto(path);
    await settled(page);
    if ((await typeEverywhere(page.locator('main'), number)) === 0) continue;
    await settled(page);
    await harmless(`${path}, typed`);
  }
  await page.getByRole('button', { name: /^Search or jump to/ }).click();
  const palette = page.getByRole('combobox', { name: 'Search and commands' });
  for (const text of TEXTS) {
    await palette.fill(text.slice(0, 200));
    await harmless(`the palette, ${text}`);
  }
  verdict();
});

// Everything that pages read from their addresses.
const QUERY = `q status kind plan region order tenant user role organization permission external_id expires type event delivery tab entry action actor target from to
  open direction days hours view new test parent outcome method ip signed_in mfa`.split(/\s+/);

test('text in addresses is text', { timeout: 300_000 }, async (t) => {
  const { page, harmless, verdict } = await guarded(t);
  const query = (text) => new URLSearchParams(QUERY.map((name) => [name, text])).toString();
  const rooms = ['tenants', 'users', 'roles', 'keys', 'webhooks', 'sync', 'settings'];
  const named = (text) => [`/${text}`, `/p/${text}`, `/installation/operators/${text}`, ...rooms.map((room) => `${HOME}/${room}/${text}`), `${HOME}/tenants/${world.made.acme.id}/${text}`];
  const paths = [
    ...pagesOf(world.made).map((path, number) => `${path.split('?')[0]}?${query(TEXTS[number % TEXTS.length])}`),
    ...named(encodeURIComponent(TEXTS[0])),
    ...['sign-in', 'password-reset', 'invitation', 'setup'].map((door) => `/${door}?to=${encodeURIComponent(TEXTS[2])}#${TEXTS[0]}`),
  ];
  for (const path of paths) {
    await page.goto('about:blank');
    await page.goto(path);
    await settled(page);
    await harmless(path);
  }
  verdict();
});
