// A project with one or more of everything, made by the public API.

import { createServer } from 'node:http';
import { once } from 'node:events';

export async function everything(server) {
  const post = (path, body, status = 201) => server.call('POST', path, body, status);
  const group = await post('/v1/tenants', { name: 'Northwind Games', plan: 'enterprise', external_id: 'crm-1', metadata: { seats: 240 } });
  const acme = await post('/v1/tenants', { name: 'Acme', plan: 'pro', parent_id: group.id, branding: { primary_color: '#3366ff' } });
  const paused = await post('/v1/tenants', { name: 'Lisboa Cartas', kind: 'individual', plan: 'free' });
  await post(`/v1/tenants/${paused.id}/suspend`, { reason: 'Invoice overdue' }, 200);
  const gone = await post('/v1/tenants', { name: 'Old Harbour' });
  await server.call('DELETE', `/v1/tenants/${gone.id}`, undefined, 200);
  const organization = await post(`/v1/tenants/${acme.id}/organizations`, { name: 'Grading' });
  const role = await post('/v1/roles', { key: 'grader', name: 'Grader', permissions: ['tenant:read', 'member:read'], conditions: { mfa: true } });
  const owner = await post(`/v1/tenants/${acme.id}/members`, { email: 'grace@acme.example', name: 'Grace Hopper', role: 'owner' });
  const member = await post(`/v1/tenants/${acme.id}/members`, { email: 'alan@acme.example', name: 'Alan Turing', role: 'grader', organization_id: organization.id });
  const invitation = await post(`/v1/tenants/${acme.id}/invitations`, { email: 'edsger@acme.example', role: 'member' });
  const key = await post('/v1/keys', { name: 'Backend', scopes: ['*'] });
  const tenantKey = await post(`/v1/tenants/${acme.id}/keys`, { name: 'Warehouse', scopes: ['member:read'], rate_limit: { limit: 100, period_seconds: 60 } });
  await post('/v1/keys/verify', { key: tenantKey.secret }, 200);
  const endpoint = await post('/v1/webhook-endpoints', { url: 'https://hooks.example/carcosa', event_types: ['tenant.*'], description: 'Billing' });
  await post(`/v1/webhook-endpoints/${endpoint.id}/pause`, {}, 200);
  const tenantEndpoint = await post(`/v1/tenants/${acme.id}/webhook-endpoints`, { url: 'https://acme.example/hooks', event_types: ['*'] });
  await post(`/v1/tenants/${acme.id}/webhook-endpoints/${tenantEndpoint.id}/pause`, {}, 200);
  await post(`/v1/tenants/${acme.id}/shares`, { grantee_id: group.id, resource: 'collection:42', role: 'viewer' });
  const client = await post('/v1/sync/clients', { name: 'Warehouse copy', types: ['tenant', 'membership'] });
  await post(`/v1/sync/clients/${client.id}/reports`, { kind: 'snapshot', outcome: 'succeeded', objects: 12, duration_ms: 340 }, 200);
  await post(`/v1/sync/clients/${client.id}/reports`, { kind: 'changes', outcome: 'failed', error: 'connection refused' }, 200);
  return { group, acme, paused, gone, organization, role, owner, member, invitation, key, tenantKey, endpoint, tenantEndpoint, client };
}

// Every page, with what is on it. `{…}` are ids out of `everything`.
export function pagesOf(made, slug = 'cardvault') {
  const project = `/p/${slug}`;
  const tenant = `${project}/tenants/${made.acme.id}`;
  const tabs = ['', 'members', `members/${made.member.id}`, 'invitations', 'organizations', 'hierarchy', 'roles', 'keys', 'webhooks', 'shares', 'activity', 'security', 'settings'];
  return [
    project,
    `${project}/tenants`,
    `${project}/tenants?q=nothing-has-this-name`,
    ...tabs.map((tab) => (tab === '' ? tenant : `${tenant}/${tab}`)),
    `${project}/users`,
    `${project}/users/${made.member.user.id}`,
    `${project}/roles`,
    `${project}/roles/${made.role.id}`,
    `${project}/access`,
    `${project}/keys`,
    `${project}/keys/${made.tenantKey.id}`,
    `${project}/webhooks`,
    `${project}/webhooks/${made.endpoint.id}`,
    `${project}/log`,
    `${project}/sync`,
    `${project}/sync/${made.client.id}`,
    ...['', '/tenants', '/people', '/permissions', '/metadata', '/retention', '/keys'].map((part) => `${project}/settings${part}`),
    '/account',
    '/installation/projects',
    '/installation/operators',
    '/installation/health',
    '/installation/log',
    // No pages, each inside the frame that it would be in.
    '/no/such/page',
    `${project}/no/such/page`,
    `${tenant}/no/such/page`,
  ];
}

// The dialogs that create something, each by its address.
export const dialogsOf = (made, slug = 'cardvault') => [
  `/p/${slug}/tenants?new=1`,
  `/p/${slug}/users?new=1`,
  `/p/${slug}/roles?new=1`,
  `/p/${slug}/keys?new=1`,
  `/p/${slug}/webhooks?new=1`,
  `/p/${slug}/sync?new=1`,
  `/installation/operators?new=1`,
  `/installation/projects?new=1`,
  `/p/${slug}/tenants/${made.acme.id}/members?new=1`,
  `/p/${slug}/tenants/${made.acme.id}/invitations?new=1`,
];

// An application's address for webhooks: keeps what came and answers what it is told to.
export async function startSink(t) {
  const came = [];
  const sink = { came, status: 200 };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      came.push({ headers: request.headers, body });
      response.writeHead(sink.status, { 'content-type': 'text/plain' }).end(sink.status === 200 ? 'thanks' : 'not now');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  return Object.assign(sink, { url: `http://127.0.0.1:${server.address().port}/hooks` });
}
