// The second factor, with an authenticator app of somebody else's (`otpauth`).

import assert from 'node:assert/strict';
import test from 'node:test';
import { TOTP, URI } from 'otpauth';
import { OperatorSession } from './support/browser.js';
import { startCarcosa } from './support/carcosa.js';

const STEP_MS = 30_000;

// The operator has set up the app and signed out. The app has shown one code, which is used up.
async function enrolled(t) {
  const server = await startCarcosa(t);
  const session = new OperatorSession(server);
  await session.signIn(201);
  const enrolment = await session.call('POST', '/v1/session/totp', undefined, 200);
  const app = URI.parse(enrolment.url);
  // The same moment for all codes of a test, so that it does not matter when the clock strikes.
  const now = Date.now();
  const code = (steps = 0) => app.generate({ timestamp: now + steps * STEP_MS });
  return { server, session, enrolment, app, code };
}

async function signedOut(t) {
  const setup = await enrolled(t);
  const { codes } = await setup.session.call('POST', '/v1/session/totp/confirm', { code: setup.code() }, 200);
  await setup.session.call('DELETE', '/v1/session', undefined, 204);
  return { ...setup, codes };
}

// Each in a browser of its own, as someone who has only learnt the password.
const signIn = (server, status, fields) => new OperatorSession(server).signIn(status, fields);

test('the app reads the address of the code, and knows all that it needs', async (t) => {
  const { enrolment, app } = await enrolled(t);
  assert.ok(app instanceof TOTP);
  assert.equal(app.secret.base32, enrolment.secret);
  assert.ok(app.secret.bytes.length >= 16, 'RFC 4226, section 4: 128 bits at least');
  assert.deepEqual([app.issuer, app.label], ['Carcosa', 'ada@example.com']);
  assert.deepEqual([app.algorithm, app.digits, app.period], ['SHA1', 6, 30]);
});

test('nothing is asked for until the app has shown that it works', async (t) => {
  const { server, session, code } = await enrolled(t);
  for (const wrong of [code(-10), code(10)]) {
    const problem = await session.call('POST', '/v1/session/totp/confirm', { code: wrong }, 422);
    assert.equal(problem.errors[0].code, 'wrong_code');
  }
  await signIn(server, 201);
});

test('who has the app signs in with a code, once', async (t) => {
  const { server, code } = await signedOut(t);
  assert.equal((await signIn(server, 401)).code, 'mfa_required');
  const replayed = await signIn(server, 401, { totp_code: code() });
  assert.equal(replayed.code, 'invalid_credentials', 'the code that confirmed the app is used up');

  const next = code(1);
  assert.equal((await signIn(server, 201, { totp_code: next })).mfa, true);
  assert.equal((await signIn(server, 401, { totp_code: next })).code, 'invalid_credentials', 'a replay');
  assert.equal((await signIn(server, 401, { totp_code: code(10) })).code, 'invalid_credentials', 'of another time');
});

test('a code without the password opens nothing', async (t) => {
  const { server, code } = await signedOut(t);
  await signIn(server, 401, { totp_code: code(1), password: 'a horse eats hay' });
  await signIn(server, 201, { totp_code: code(1) });
});

test('a recovery code works once', async (t) => {
  const { server, codes } = await signedOut(t);
  assert.equal(new Set(codes).size, 10);
  const [first, second] = codes;
  const session = await signIn(server, 201, { recovery_code: first });
  assert.deepEqual([session.mfa, session.recovery_codes_left], [true, 9]);
  assert.equal((await signIn(server, 401, { recovery_code: first })).code, 'invalid_credentials');
  // As someone types it who reads it off paper.
  await signIn(server, 201, { recovery_code: second.toUpperCase().replace('-', ' ') });
});

test('a change without the CSRF token is refused', async (t) => {
  const server = await startCarcosa(t);
  const session = new OperatorSession(server);
  await session.signIn(201);
  const token = session.csrf;
  session.csrf = undefined;
  assert.equal((await session.call('POST', '/v1/session/totp', undefined, 403)).code, 'csrf_token_missing');
  session.csrf = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  assert.equal((await session.call('POST', '/v1/session/totp', undefined, 403)).code, 'csrf_token_invalid');
  session.csrf = token;
  await session.call('POST', '/v1/session/totp', undefined, 200);
});
