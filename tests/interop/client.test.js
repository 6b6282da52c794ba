// The published client against the server.

import assert from 'node:assert/strict';
import test from 'node:test';
import { CarcosaError, all, createClient, ok } from '../../sdk/client/dist/index.js';
import { startCarcosa } from './support/carcosa.js';

test('the client does what its README says', async (t) => {
  const server = await startCarcosa(t);
  const carcosa = createClient({ url: server.url, key: server.key });
  const tenant = await ok(carcosa.POST('/v1/tenants', { body: { name: 'Łódź “東京” 🏯' } }));
  assert.equal(tenant.name, 'Łódź “東京” 🏯');
  for (let n = 0; n < 5; n += 1) await ok(carcosa.POST('/v1/tenants', { body: { name: `Tenant ${n}`, parent_id: tenant.id } }));
  const names = [];
  for await (const one of all((after) => carcosa.GET('/v1/tenants', { params: { query: { limit: 2, after, order: 'name' } } }))) names.push(one.name);
  assert.deepEqual(names, [...Array(5).keys()].map((n) => `Tenant ${n}`).concat('Łódź “東京” 🏯'));
  const path = { tenant: `slug:${tenant.slug}` };
  const refused = await carcosa.PATCH('/v1/tenants/{tenant}', { params: { path }, body: { slug: 'www' } }).catch((error) => error);
  assert.ok(refused instanceof CarcosaError && refused.at('/slug'), String(refused));
  const headers = { 'if-match': `"${tenant.version + 7}"` };
  await assert.rejects(carcosa.PATCH('/v1/tenants/{tenant}', { params: { path }, headers, body: { plan: 'gold' } }), { status: 412 });
  await assert.rejects(createClient({ url: server.url, key: 'ck_live_nonsense' }).GET('/v1/tenants'), { status: 401 });
  const { response } = await carcosa.DELETE('/v1/tenants/{tenant}', { params: { path: { tenant: 'slug:tenant-0' } } });
  assert.equal(response.status, 200);
});
