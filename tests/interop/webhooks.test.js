// Webhooks, checked by the library of the standard; the stream of events, read by an EventSource as in browsers.

import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';
import { EventSource } from 'eventsource';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { WebhookVerifier } from '../../sdk/webhooks/dist/index.js';
import { startCarcosa, until } from './support/carcosa.js';

const OUTBOUND = { OUTBOUND_ALLOW: '127.0.0.0/8' };

// An application that takes webhooks and answers what it is told to.
async function startApplication(t, answers = []) {
  const came = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      came.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { came, url: `http://127.0.0.1:${server.address().port}/hooks` };
}

const endpoint = (server, url) =>
  server.call('POST', '/v1/webhook-endpoints', { url, event_types: ['tenant.*'] }, 201);

test('the library of the standard accepts what is sent, and nothing else', async (t) => {
  const server = await startCarcosa(t, OUTBOUND);
  const application = await startApplication(t);
  const { secret } = await endpoint(server, application.url);
  await server.call('POST', '/v1/tenants', { name: 'Łódź “東京” 🏯' }, 201);
  const { headers, body } = await until('the webhook', 5000, () => application.came[0]);
  const event = new Webhook(secret).verify(body, headers);
  assert.deepEqual([event.type, event.data.name, event.id], ['tenant.created', 'Łódź “東京” 🏯', headers['webhook-id']]);
  const refused = (change) => assert.throws(change, WebhookVerificationError);
  refused(() => new Webhook(secret).verify(body.replace('tenant', 'tenent'), headers));
  refused(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'evt_other' }));
  refused(() => new Webhook(secret).verify(body, { ...headers, 'webhook-timestamp': String(Date.now() / 1000 - 600) }));
  refused(() => new Webhook('whsec_c29tZWJvZHkgZWxzZQ==').verify(body, headers));
});

test('our own verifier accepts the same, by the secret and by the public key', async (t) => {
  const server = await startCarcosa(t, OUTBOUND);
  const application = await startApplication(t);
  const made = await endpoint(server, application.url);
  const tenant = await server.call('POST', '/v1/tenants', { name: 'Łódź “東京” 🏯' }, 201);
  const { headers, body } = await until('the webhook', 5000, () => application.came[0]);
  for (const key of [made.secret, made.public_key]) {
    const event = await new WebhookVerifier(key).verify(body, headers);
    assert.deepEqual([event.type, event.subject, event.data.name], ['tenant.created', tenant.id, tenant.name]);
    await assert.rejects(new WebhookVerifier(key).verify(body.replace('tenant', 'tenent'), headers), { code: 'wrong_signature' });
  }
  const rotated = await server.call('POST', `/v1/webhook-endpoints/${made.id}/rotate-secret`, {}, 200);
  await server.call('POST', '/v1/tenants', { name: 'Second' }, 201);
  const second = await until('the second', 5000, () => application.came[1]);
  for (const key of [made.secret, rotated.secret, made.public_key]) {
    assert.equal((await new WebhookVerifier(key).verify(second.body, second.headers)).data.name, 'Second');
  }
});

test('the asymmetric signature is checked with the public key', async (t) => {
  const server = await startCarcosa(t, OUTBOUND);
  const application = await startApplication(t);
  const made = await endpoint(server, application.url);
  await server.call('POST', '/v1/tenants', { name: 'Acme' }, 201);
  const { headers, body } = await until('the webhook', 5000, () => application.came[0]);
  const x = Buffer.from(made.public_key.replace('whpk_', ''), 'base64').toString('base64url');
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  const signature = headers['webhook-signature'].split(' ').find((part) => part.startsWith('v1a,'));
  const signed = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  assert.ok(verify(null, signed, key, Buffer.from(signature.slice(4), 'base64')));
});

test('while a secret is rotated, both secrets verify', async (t) => {
  const server = await startCarcosa(t, OUTBOUND);
  const application = await startApplication(t);
  const made = await endpoint(server, application.url);
  const rotated = await server.call('POST', `/v1/webhook-endpoints/${made.id}/rotate-secret`, {}, 200);
  await server.call('POST', '/v1/tenants', { name: 'Acme' }, 201);
  const { headers, body } = await until('the webhook', 5000, () => application.came[0]);
  for (const secret of [made.secret, rotated.secret]) new Webhook(secret).verify(body, headers);
});

test('an application that was down gets what it missed, with the same id', async (t) => {
  const server = await startCarcosa(t, OUTBOUND);
  const application = await startApplication(t, [503]);
  const { secret } = await endpoint(server, application.url);
  await server.call('POST', '/v1/tenants', { name: 'Acme' }, 201);
  const [first, second] = await until('the second attempt', 15_000, () => application.came[1] && application.came);
  assert.equal(second.headers['webhook-id'], first.headers['webhook-id']);
  new Webhook(secret).verify(second.body, second.headers);
});

test('addresses of this machine are closed unless the operator opens them', async (t) => {
  const server = await startCarcosa(t);
  const application = await startApplication(t);
  const body = { url: application.url, event_types: ['*'] };
  assert.equal((await server.call('POST', '/v1/webhook-endpoints', body, 422)).errors[0].pointer, '/url');
});

test('an EventSource reads the stream, and goes on where it was', async (t) => {
  const server = await startCarcosa(t);
  const open = (after) => {
    const names = [];
    const url = `${server.url}/v1/events/stream?types=tenant.created${after ? `&after=${after}` : ''}`;
    const source = new EventSource(url, {
      fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, authorization: `Bearer ${server.key}` } }),
    });
    t.after(() => source.close());
    source.addEventListener('message', (message) => {
      names.push(JSON.parse(message.data).data.name);
      source.last = message.lastEventId;
    });
    return { source, names };
  };
  const first = open();
  await new Promise((resolve) => first.source.addEventListener('open', resolve));
  await server.call('POST', '/v1/tenants', { name: 'One' }, 201);
  await until('the event', 5000, () => first.names.length === 1);
  first.source.close();
  await server.call('POST', '/v1/tenants', { name: 'Two' }, 201);
  const second = open(first.source.last);
  await until('what was missed', 5000, () => second.names.length === 1);
  assert.deepEqual([first.names, second.names], [['One'], ['Two']]);
  // A stream, which never ends by itself, keeps no server from stopping.
  const waiting = fetch(`${server.url}/v1/events?wait=25&after=${second.source.last}`, {
    headers: { authorization: `Bearer ${server.key}` },
  });
  await server.stop();
  assert.deepEqual((await (await waiting).json()).data, []);
  assert.ok(!server.log.includes('did not finish'), server.log);
});

test('a developer has events forwarded to a machine of their own', async (t) => {
  const server = await startCarcosa(t);
  const application = await startApplication(t, [204, 500]);
  const secret = `whsec_${Buffer.from('a secret of thirty-two letters..').toString('base64')}`;
  const lines = server.follow(t, 'webhooks', 'listen', '--forward', application.url, '--types', 'tenant.*', '--secret', secret);
  const events = server.follow(t, 'events', 'tail', '--types', 'tenant.*');
  // Both follow from the moment when they start, which they say only to people.
  await until('an event', 10_000, async () => {
    await server.call('POST', '/v1/tenants', { name: 'Acme' }, 201);
    return lines.length > 1 && events.length > 0;
  });
  const { headers, body } = application.came[0];
  assert.equal(new Webhook(secret).verify(body, headers).type, 'tenant.created');
  assert.deepEqual([lines[0].outcome, lines[1].outcome], ['204', 'answered 500 Internal Server Error']);
  assert.equal(events[0].type, 'tenant.created');
});
