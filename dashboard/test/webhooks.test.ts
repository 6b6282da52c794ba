import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pretty } from '../src/capabilities/webhooks/delivery.tsx';
import { type Endpoint, type Stats, deliveryState, hears, patternsText, stateOf } from '../src/capabilities/webhooks/model.ts';
import { headersToSend } from '../src/capabilities/webhooks/options.tsx';
import { curlOf } from '../src/capabilities/webhooks/snippets.ts';
import { type Signed, examine, parseHeaders } from '../src/capabilities/webhooks/verify.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const BODY = JSON.stringify({
  specversion: '1.0',
  id: 'evt_01jq0000000000000000000000',
  source: '/projects/prj_1',
  type: 'tenant.created',
  subject: 'tnt_1',
  time: '2026-03-01T12:00:00Z',
  datacontenttype: 'application/json',
  data: { name: 'Acme' },
  position: '1',
  sequence: '00000000000000000001',
  projectid: 'prj_1',
  tenantid: 'tnt_1',
  actor: 'system',
});
const ID = 'evt_01jq0000000000000000000000';

const hmac = (secret: string, time: number, body: string) =>
  createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${ID}.${time}.${body}`).digest('base64');

/** A key pair, and what it signs, as an endpoint's own. */
async function pair() {
  const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const raw = Buffer.from(await crypto.subtle.exportKey('raw', keys.publicKey)).toString('base64');
  const sign = async (time: number, body: string) =>
    Buffer.from(await crypto.subtle.sign('Ed25519', keys.privateKey, new TextEncoder().encode(`${ID}.${time}.${body}`))).toString('base64');
  return { publicKey: `whpk_${raw}`, sign };
}

function signed(changes: Partial<Signed> = {}, age = 10, body = BODY, more = ''): Signed {
  const time = NOW / 1000 - age;
  return {
    secret: SECRET,
    headers: `webhook-id: ${ID}\nwebhook-timestamp: ${time}\nwebhook-signature: v1,${hmac(SECRET, time, body)}${more}`,
    body,
    publicKey: '',
    ...changes,
  };
}
const verdict = (message: Signed) => examine(message, NOW);

describe('a signature', () => {
  it('is right, whatever the case of the headers and the spaces around the secret', async () => {
    expect(await verdict(signed())).toEqual({ kind: 'good', age: 10 });
    const headers = signed().headers.replace('webhook-id', 'Webhook-Id');
    expect(await verdict(signed({ headers, secret: ` ${SECRET}\n` }))).toEqual({ kind: 'good', age: 10 });
  });

  it('needs a secret and three headers', async () => {
    for (const secret of ['', 'hunter2', 'whsec_', 'whsec_!!', SECRET.slice(0, 12)]) expect(await verdict(signed({ secret })), secret).toEqual({ kind: 'bad_secret' });
    expect(await verdict(signed({ headers: '' }))).toEqual({ kind: 'missing_header', header: 'webhook-id' });
    const headers = signed().headers.split('\n').slice(0, 2).join('\n');
    expect(await verdict(signed({ headers }))).toEqual({ kind: 'missing_header', header: 'webhook-signature' });
    expect(await verdict(signed({ headers: signed().headers.replace(/timestamp: .*/, 'timestamp: yesterday') }))).toEqual({ kind: 'bad_timestamp', value: 'yesterday' });
    expect(await verdict(signed({ headers: signed().headers.replace('v1,', 'v9,') }))).toEqual({ kind: 'no_signature' });
  });

  it('is right but of another time', async () => {
    expect(await verdict(signed({}, 300))).toEqual({ kind: 'good', age: 300 });
    expect(await verdict(signed({}, 301))).toEqual({ kind: 'too_old', age: 301, fits: true });
    expect(await verdict(signed({}, -400))).toEqual({ kind: 'too_new', age: -400, fits: true });
  });

  it('is of a body that was written anew, and it is told how', async () => {
    const mended = async (body: string, sent = BODY) => verdict(signed({ body }, 10, sent));
    expect(await mended(`${BODY}\n`)).toEqual({ kind: 'changed', mended: 'trimmed' });
    expect(await mended(BODY, `${BODY}\n`)).toEqual({ kind: 'changed', mended: 'newline' });
    expect(await mended(JSON.stringify(JSON.parse(BODY), undefined, 2))).toEqual({ kind: 'changed', mended: 'compact' });
    const lines = JSON.stringify(JSON.parse(BODY), undefined, 2);
    expect(await mended(lines.replaceAll('\n', '\r\n'), lines)).toEqual({ kind: 'changed', mended: 'crlf' });
  });

  it('tells a wrong secret from a changed body by the second signature, where there is one', async () => {
    expect(await verdict(signed({ secret: OTHER }))).toEqual({ kind: 'secret_or_changed' });
    const { publicKey, sign } = await pair();
    const more = ` v1a,${await sign(NOW / 1000 - 10, BODY)}`;
    const message = (changes: Partial<Signed>) => verdict(signed({ publicKey, ...changes }, 10, BODY, more));
    expect(await message({})).toEqual({ kind: 'good', age: 10 });
    expect(await message({ secret: OTHER })).toEqual({ kind: 'wrong_secret' });
    expect(await message({ body: BODY.replace('Acme', 'Evil') })).toEqual({ kind: 'changed' });
  });

  it('is right of something that is no event', async () => {
    expect(await verdict(signed({}, 10, '[1]'))).toEqual({ kind: 'not_an_event' });
  });
});

it('headers are read from lines and from JSON', () => {
  expect(parseHeaders('A: 1\r\n  B :  2 \n\nnonsense\nC: x: y')).toEqual({ a: '1', b: '2', c: 'x: y' });
  expect(parseHeaders('{"Webhook-Id": "evt_1", "n": 5}')).toEqual({ 'webhook-id': 'evt_1', n: '5' });
  expect(parseHeaders('')).toEqual({});
});

it('headers to send along have names', () => {
  expect(headersToSend([{ name: ' x-a ', value: ' 1' }, { name: '', value: 'lost' }])).toEqual({ 'x-a': ' 1' });
});

describe('words', () => {
  const endpoint = (changes: Partial<Endpoint> = {}) => ({ status: 'enabled', disabled_reason: null, ...changes }) as Endpoint;
  const failing = { consecutive_failures: 2 } as Stats;

  it('say how an endpoint is', () => {
    expect(stateOf(endpoint()).text).toBe('Enabled');
    expect(stateOf(endpoint(), failing).text).toBe('Failing');
    expect(stateOf(endpoint({ status: 'paused' }), failing).text).toBe('Paused');
    expect(stateOf(endpoint({ status: 'disabled', disabled_reason: 'gone' })).text).toBe('Disabled: gone');
    expect(stateOf(endpoint({ status: 'disabled', disabled_reason: 'failing' })).text).toBe('Disabled: failing');
  });

  it('say how a delivery is', () => {
    const word = (status: 'pending' | 'succeeded' | 'failed' | 'canceled', attempts: number) => deliveryState({ status, attempts }).text;
    expect([word('pending', 0), word('pending', 1), word('succeeded', 1), word('failed', 10), word('canceled', 0)]).toEqual(['Waiting', 'Retrying', 'Succeeded', 'Failed', 'Canceled']);
  });

  it('say what is heard', () => {
    expect([hears('*', 'tenant.created'), hears('tenant.*', 'tenant.created'), hears('tenant.created', 'tenant.created')]).toEqual([true, true, true]);
    expect([hears('tenant.*', 'tenants.created'), hears('tenant.created', 'tenant.created_late')]).toEqual([false, false]);
    expect([patternsText(['a.*', '*']), patternsText(['a.*', 'b.c']), patternsText(['a.*', 'b.c', 'd.e'])]).toEqual(['All events', 'a.*, b.c', 'a.*, b.c +1']);
  });
});

it('a request is copied as a command that says the same, whatever is in it', () => {
  expect(curlOf('https://x.example/?a=1&b=2', { 'x-note': "it's" }, "{'}")).toBe(
    ["curl -X POST 'https://x.example/?a=1&b=2' \\", "  -H 'x-note: it'\\''s' \\", "  --data-raw '{'\\''}'"].join('\n'),
  );
});

it('bodies are laid out where they are JSON', () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty('not now')).toBe('not now');
});
