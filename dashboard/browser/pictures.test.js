// What pages look like: the pictures of docs/DASHBOARD.md, compared with the pages of now. `UPDATE_PICTURES=1` takes new ones.

import test from 'node:test';
import { dashboard, openWindow, settled } from './support/browser.js';
import { picture } from './support/pictures.js';
import { startSink } from './support/seed.js';
import { showcase } from './support/showcase.js';

const world = dashboard({ seed: showcase, settings: { OUTBOUND_ALLOW: '127.0.0.0/8' } });
const home = '/p/cardvault';

// A page, once everything on it is there; `prepare` opens what is to be open.
function shows(name, path, { prepare, ...options } = {}) {
  test(`${name} looks as it did`, { timeout: 60_000 }, async (t) => {
    const page = await openWindow(t, world, { width: 1280, height: 800, ...options });
    await page.goto(typeof path === 'function' ? path(world.made) : path);
    await settled(page);
    await prepare?.(page);
    await picture(page, name);
  });
}

shows('overview', home);
shows('tenants', `${home}/tenants`);
shows('tenants-dark', `${home}/tenants`, { theme: 'dark' });
shows('tenant', (made) => `${home}/tenants/${made.acme.id}`);
shows('tenant-narrow', (made) => `${home}/tenants/${made.acme.id}`, { width: 390, height: 780 });
shows('roles', `${home}/roles`);
shows('key', (made) => `${home}/keys/${made.tenantKey.id}`);
shows('log', `${home}/log?action=tenant.suspended`, {
  prepare: async (page) => {
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('dialog').waitFor();
    await settled(page);
  },
});

test('webhook looks as it did', { timeout: 60_000 }, async (t) => {
  const { server } = world;
  const sink = await startSink(t);
  const body = { url: sink.url, description: 'Orders', event_types: ['tenant.*'] };
  const endpoint = await server.call('POST', '/v1/webhook-endpoints', body, 201);
  for (const name of ['Delivered one', 'Delivered two', 'Delivered three']) await server.call('POST', '/v1/tenants', { name }, 201);
  const page = await openWindow(t, world, { width: 1280, height: 800 });
  await page.goto(`${home}/webhooks/${endpoint.id}`);
  await page.getByText('Succeeded').nth(2).waitFor({ timeout: 20_000 });
  await settled(page);
  await picture(page, 'webhook');
});
