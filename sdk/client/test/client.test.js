// The client against a server that misbehaves in all the ways that servers do.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';
import { CarcosaError, all, createClient, ok } from '@carcosa/client';

// Answers what it is told to, one after another; a function makes its own answer.
async function start(t, answers) {
  const came = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      came.push({ method: request.method, url: request.url, headers: request.headers, body });
      const answer = answers.shift() ?? [200, {}];
      if (typeof answer === 'function') return answer(request, response);
      const [status, json, headers = {}] = answer;
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${server.address().port}/`;
  return { came, client: (options = {}) => createClient({ url, key: 'ck_test_x', firstPause: 5, ...options }) };
}

const drop = (request) => request.socket.destroy();
const busy = [503, { code: 'overloaded', detail: 'busy' }];

test('what is no success is thrown, with the field that is wrong', async (t) => {
  const problem = { code: 'validation_failed', detail: 'no', request_id: 'r1', errors: [{ pointer: '/name', code: 'required', detail: 'is required' }] };
  const { client, came } = await start(t, [[422, problem], [500, 'a page of a proxy']]);
  const thrown = await ok(client().POST('/v1/tenants', { body: {} })).catch((error) => error);
  assert.ok(thrown instanceof CarcosaError);
  assert.deepEqual([thrown.status, thrown.code, thrown.requestId, thrown.at('/name').code, thrown.at('/x')], [422, 'validation_failed', 'r1', 'required', undefined]);
  assert.equal(came.length, 1, 'what is wrong is not tried again');
  assert.equal(came[0].headers.authorization, 'Bearer ck_test_x');
  const other = await client().GET('/v1/tenants').catch((error) => error);
  assert.deepEqual([other.status, other.code, other.message], [500, 'unknown', 'the server answered 500']);
});

test('a busy server and a broken network are tried again, and nothing is done twice', async (t) => {
  const { client, came } = await start(t, [busy, drop, [429, { code: 'x' }, { 'retry-after': '0' }], [201, { id: 'ten_1' }]]);
  assert.deepEqual(await ok(client().POST('/v1/tenants', { body: { name: 'Acme' } })), { id: 'ten_1' });
  assert.equal(came.length, 4);
  assert.equal(new Set(came.map(({ headers, body }) => `${headers['idempotency-key']} ${body}`)).size, 1, 'the same key and body each time');
  assert.match(came[0].headers['idempotency-key'], /^[0-9a-f-]{36}$/);
});

test('it gives up in the end, and at once when the server wants more patience than there is', async (t) => {
  const { client, came } = await start(t, [busy, busy, busy, [503, { code: 'later' }, { 'retry-after': '60' }], drop, drop]);
  await assert.rejects(client({ retries: 2 }).GET('/v1/tenants'), { code: 'overloaded' });
  assert.equal(came.length, 3);
  await assert.rejects(client({ longestPause: 1000 }).GET('/v1/tenants'), { code: 'later', retryAfter: 60 });
  assert.equal(came.length, 4);
  await assert.rejects(client({ retries: 1 }).GET('/v1/tenants'), TypeError);
});

test('a call that is cancelled ends, also while it waits', async (t) => {
  const { client, came } = await start(t, [busy, busy]);
  const cancel = new AbortController();
  const call = client({ firstPause: 20_000 }).GET('/v1/tenants', { signal: cancel.signal });
  setTimeout(() => cancel.abort(new Error('enough')), 100);
  await assert.rejects(call, /enough/);
  assert.equal(came.length, 1);
});

test('a list is read page by page as it is taken', async (t) => {
  const page = (items, after) => [200, { data: items, page: { after, has_more: after !== null } }];
  const { client, came } = await start(t, [page([1, 2], 'a b'), page([3], 'c'), page([], null), page([1], 'x')]);
  const carcosa = client();
  const load = (after) => carcosa.GET('/v1/tenants', { params: { query: { limit: 2, after } } });
  const found = [];
  for await (const item of all(load)) found.push(item);
  assert.deepEqual(found, [1, 2, 3]);
  assert.deepEqual(came.map(({ url }) => url), ['/v1/tenants?limit=2', '/v1/tenants?limit=2&after=a%20b', '/v1/tenants?limit=2&after=c']);
  for await (const item of all(load)) if (item === 1) break;
  assert.equal(came.length, 4, 'no page that nobody wants');
});
