// The verifier against the standard's own library, which signs what ours accepts.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import test from 'node:test';
import { Webhook } from 'standardwebhooks';
import { WebhookVerificationError, WebhookVerifier } from '@carcosa/webhooks';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const BODY = JSON.stringify({ specversion: '1.0', id: 'evt_1', type: 'tenant.created', data: { name: 'Łódź' } });
const NOW = new Date('2026-11-21T09:30:00Z');
const SECONDS = String(NOW.getTime() / 1000);

const signature = (secret, { id = 'evt_1', at = NOW, body = BODY } = {}) => new Webhook(secret).sign(id, at, body);
const headers = (signature, changes = {}) => ({
  'webhook-id': 'evt_1', 'webhook-timestamp': SECONDS, 'webhook-signature': signature, ...changes,
});
const verifier = (keys, options = {}) => new WebhookVerifier(keys, { now: () => NOW.getTime(), ...options });

async function rejected(promise, code) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof WebhookVerificationError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

test('what the library of the standard signed is accepted', async () => {
  const signed = signature(SECRET);
  assert.equal((await verifier(SECRET).verify(BODY, headers(signed))).data.name, 'Łódź');
  assert.equal((await verifier([OTHER, SECRET]).verify(BODY, headers(signed))).type, 'tenant.created');
  assert.ok(await verifier(SECRET).verify(new TextEncoder().encode(BODY), new Headers(headers(signed))));
  assert.ok(await verifier(SECRET).verify(BODY, headers(`v9,x v1 v1,! ${signature(OTHER)} ${signed}`)));
});

test('nothing else is', async () => {
  for (const wrong of [
    'v1,', 'x', signature(OTHER), signature(SECRET, { id: 'evt_2' }), signature(SECRET, { body: '{}' }),
    signature(SECRET, { at: new Date(NOW.getTime() + 1000) }), signature(SECRET).replace('v1,', 'v1a,'),
  ]) {
    await rejected(verifier(SECRET).verify(BODY, headers(wrong)), 'wrong_signature');
  }
  await rejected(verifier(SECRET).verify(`${BODY} `, headers(signature(SECRET))), 'wrong_signature');
  for (const [seconds, code] of [[300, undefined], [301, 'too_old'], [-300, undefined], [-301, 'too_new']]) {
    const at = verifier(SECRET, { now: () => NOW.getTime() + seconds * 1000 }).verify(BODY, headers(signature(SECRET)));
    await (code ? rejected(at, code) : at);
  }
  for (const bad of ['x', '-1', '1e9', '9'.repeat(16)]) {
    await rejected(verifier(SECRET).verify(BODY, headers(signature(SECRET), { 'webhook-timestamp': bad })), 'bad_timestamp');
  }
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    await rejected(verifier(SECRET).verify(BODY, headers(signature(SECRET), { [name]: undefined })), 'missing_header');
  }
  for (const body of ['[]', 'null', '{}', 'x', '"specversion"']) {
    await rejected(verifier(SECRET).verify(body, headers(signature(SECRET, { body }))), 'not_an_event');
  }
});

test('the asymmetric signature needs no secret', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = `whpk_${Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url').toString('base64')}`;
  const made = sign(null, Buffer.from(`evt_1.${SECONDS}.${BODY}`), privateKey).toString('base64');
  assert.ok(await verifier(key).verify(BODY, headers(`v1,AAAA v1a,${made}`)));
  await rejected(verifier(key).verify(BODY, headers(`v1,${made}`)), 'wrong_signature');
  await rejected(verifier(key).verify(`${BODY} `, headers(`v1a,${made}`)), 'wrong_signature');
});

test('samples are taken only where they are wanted, and only the first ten signatures are looked at', async () => {
  const sample = BODY.replace('{', '{"sample":true,');
  const signed = headers(signature(SECRET, { body: sample }));
  await rejected(verifier(SECRET).verify(sample, signed), 'sample');
  assert.equal((await verifier(SECRET, { acceptSamples: true }).verify(sample, signed)).sample, true);
  const late = (before) => verifier(SECRET).verify(BODY, headers(`${'v1,AAAA '.repeat(before)}${signature(SECRET)}`));
  assert.ok(await late(9));
  await rejected(late(10), 'wrong_signature');
});

test('keys are checked', () => {
  for (const bad of ['', 'whsec_', 'whsec_!', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whpk_AAAA', []]) {
    assert.throws(() => new WebhookVerifier(bad), TypeError, String(bad));
  }
});
