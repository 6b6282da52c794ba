// Access tokens, checked the way an application's services check them: `jose`, and the server's address.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createRemoteJWKSet, decodeProtectedHeader, errors, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { startCarcosa, until } from './support/carcosa.js';

// What RFC 9068, section 2.2, requires, but for what `jwtVerify` compares anyway.
const REQUIRED = ['exp', 'sub', 'iat', 'jti'];
// Running nodes learn of a new key within 10 seconds.
const LEARNT_MS = 15_000;

// A server with a member of a tenant, tokens for them, and a verifier that knows nothing but the server's address.
async function start(t) {
  const server = await startCarcosa(t);
  const tenant = await server.call('POST', '/v1/tenants', { name: 'Acme' }, 201);
  const member = await server.call('POST', '/v1/tenants/slug:acme/members', { email: 'grace@example.com', role: 'admin' }, 201);
  const asked = { user: member.user.id, tenant: 'slug:acme' };
  const pair = await server.call('POST', '/v1/tokens', asked, 200);
  // Without a pause between two looks: these tests change the keys faster than life does.
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.url), { cooldownDuration: 0 });
  const expected = { issuer: server.url, audience: server.project.id, typ: 'at+jwt', algorithms: ['EdDSA'] };
  const verify = (token, more) => jwtVerify(token, keys, { ...expected, requiredClaims: REQUIRED, ...more });
  return { server, tenant, member, pair, token: pair.access_token, verify };
}

const read = (server, token, status) => server.call('GET', '/v1/tenants/slug:acme', undefined, status, token);

test('an access token is verified by its issuer, audience, type, algorithm and time', async (t) => {
  const { server, tenant, member, pair, token, verify } = await start(t);
  const { payload, protectedHeader } = await verify(token);
  assert.equal(protectedHeader.alg, 'EdDSA');
  assert.equal(payload.sub, member.user.id);
  assert.equal(payload.tenant_id, tenant.id);
  assert.deepEqual(payload.roles, ['admin']);
  assert.equal(payload.exp - payload.iat, pair.expires_in);
  assert.ok(Math.abs(payload.iat - Date.now() / 1000) < 60, 'made now');
  await read(server, token, 200);

  const claim = (name) => ({ code: 'ERR_JWT_CLAIM_VALIDATION_FAILED', claim: name });
  await assert.rejects(verify(token, { issuer: 'https://another.example.com' }), claim('iss'));
  await assert.rejects(verify(token, { audience: 'prj_another' }), claim('aud'));
  await assert.rejects(verify(token, { typ: 'JWT' }), claim('typ'));
  await assert.rejects(verify(token, { currentDate: new Date(payload.exp * 1000) }), errors.JWTExpired);
});

// `validateJwtAccessToken` of oauth4webapi refuses tokens without it.
test('an access token has the client_id that RFC 9068 requires', async (t) => {
  const { token, verify } = await start(t);
  await verify(token, { requiredClaims: [...REQUIRED, 'client_id'] });
});

test('tampered and forged tokens are refused, by the library and by the server', async (t) => {
  const { server, token, verify } = await start(t);
  const { payload, protectedHeader } = await verify(token);
  const [header, claims, signature] = token.split('.');
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { privateKey } = await generateKeyPair('EdDSA');
  const published = await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
  const resigned = (alg, key) => new SignJWT(payload).setProtectedHeader({ ...protectedHeader, alg }).sign(key);
  const forged = {
    'other claims': [header, encoded({ ...payload, roles: ['owner'] }), signature].join('.'),
    'another signature': [header, claims, Buffer.alloc(64, 1).toString('base64url')].join('.'),
    'no signature': [encoded({ ...protectedHeader, alg: 'none' }), claims, ''].join('.'),
    "a stranger's key under our key's id": await resigned('EdDSA', privateKey),
    'our public key as a shared secret': await resigned('HS256', Buffer.from(published.keys[0].x, 'base64url')),
  };
  for (const [what, text] of Object.entries(forged)) {
    await assert.rejects(verify(text), errors.JOSEError, what);
    assert.equal((await read(server, text, 401)).code, 'invalid_token', what);
    const { active } = await server.call('POST', '/v1/tokens/introspect', { token: text }, 200);
    assert.equal(active, false, what);
  }
});

test('after a rotation of the key old tokens stay good', async (t) => {
  const { server, token, verify } = await start(t);
  const keys = async () => (await (await fetch(`${server.url}/.well-known/jwks.json`)).json()).keys;
  const before = await keys();
  assert.deepEqual(before.map(({ kid }) => kid), [decodeProtectedHeader(token).kid]);
  await server.cli('secrets', 'rotate', 'token');
  const after = await until('the second key', LEARNT_MS, async () => {
    const now = await keys();
    return now.length > 1 && now;
  });
  assert.equal(after.length, 2);
  for (const part of ['kid', 'x']) assert.equal(new Set(after.map((key) => key[part])).size, 2, `each has its own ${part}`);
  assert.ok(after.every((key) => key.kty === 'OKP' && key.crv === 'Ed25519' && key.d === undefined), 'public keys only');
  // Asked for anew, as by a service that starts now.
  const fresh = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.url));
  await jwtVerify(token, fresh, { issuer: server.url, audience: server.project.id });
  await verify(token);
  await read(server, token, 200);
});
