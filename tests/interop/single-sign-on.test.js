// Single sign-on at a real provider that insists on PKCE, through its own sign-in and consent pages.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Browser, OperatorSession } from './support/browser.js';
import { freeUrl, startCarcosa } from './support/carcosa.js';
import { SECRET, startProvider } from './support/provider.js';

async function start(t, options = {}, settings = {}) {
  const url = await freeUrl();
  const { issuer } = await startProvider(t, url, options);
  const oidc = { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'carcosa', OIDC_CLIENT_SECRET: SECRET, ...settings };
  return { issuer, server: await startCarcosa(t, oidc, url) };
}

// Sets out from the server, signs in at the provider, and agrees; the page that this ends on.
async function journey(server, browser, login) {
  const form = await browser.open(`${server.url}/v1/session/oidc`);
  const consent = await browser.submit(form, { login, password: 'any' });
  return browser.submit(consent);
}

const cameBack = (server, page) => page.way.find((url) => url.startsWith(`${server.url}/v1/session/oidc/callback?`));

// The page is the server's refusal, and the browser is not signed in.
async function refused(server, browser, page, status, code) {
  assert.ok(cameBack(server, page), `never came back: ${page.way.join(' -> ')}`);
  assert.equal(page.status, status, page.text);
  assert.equal(JSON.parse(page.text).code, code);
  assert.equal(browser.cookie('carcosa_session'), undefined);
  await new OperatorSession(server, browser).call('GET', '/v1/session', undefined, 401);
}

async function signedIn(server, browser, page) {
  assert.ok(cameBack(server, page), `never came back: ${page.way.join(' -> ')}`);
  assert.equal(page.status, 200, `${page.text}\n${server.log}`);
  const session = await new OperatorSession(server, browser).call('GET', '/v1/session', undefined, 200);
  assert.equal(session.operator.email, 'ada@example.com');
  assert.equal(session.method, 'single_sign_on');
  return session;
}

test('an operator signs in, and is known from then on', async (t) => {
  const { server, issuer } = await start(t);
  const browser = new Browser();
  const departure = await browser.request(`${server.url}/v1/session/oidc`);
  const sent = new URL(departure.headers.get('location'));
  assert.equal(sent.origin, issuer);
  assert.equal(sent.searchParams.get('code_challenge_method'), 'S256');

  const page = await journey(server, browser, 'ada');
  await signedIn(server, browser, page);
  assert.equal(browser.cookie('carcosa_oidc'), undefined, 'the journey is over');
  // The session is good for changes, too.
  const session = new OperatorSession(server, browser);
  await session.call('GET', '/v1/session', undefined, 200);
  await session.call('POST', '/v1/tenants', { name: 'Acme' }, 201);
  await session.call('DELETE', '/v1/session', undefined, 204);
  await session.call('GET', '/v1/session', undefined, 401);

  // The provider still knows the browser, so nobody is asked for anything.
  await signedIn(server, browser, await browser.open(`${server.url}/v1/session/oidc`));
});

test('whoever is no operator, or has an address that nobody checked, is refused', async (t) => {
  const { server } = await start(t);
  for (const login of ['grace', 'mallory']) {
    const browser = new Browser();
    await refused(server, browser, await journey(server, browser, login), 403, 'single_sign_on_unknown');
  }
});

test('a way back is good once, for the browser that set out', async (t) => {
  const { server } = await start(t);
  const ada = new Browser();
  const form = await ada.open(`${server.url}/v1/session/oidc`);
  const consent = await ada.submit(form, { login: 'ada', password: 'any' });
  const before = ada.copy();
  const page = await ada.submit(consent);
  await signedIn(server, ada, page);
  const back = cameBack(server, page);
  for (const browser of [before, new Browser()]) {
    await refused(server, browser, await browser.open(back), 401, 'single_sign_on_failed');
  }
});

test('whoever cancels at the provider is not signed in', async (t) => {
  const { server } = await start(t);
  const browser = new Browser();
  const form = await browser.open(`${server.url}/v1/session/oidc`);
  const cancel = /<a href="([^"]*\/abort)"/.exec(form.text)?.[1];
  assert.ok(cancel, form.text);
  const page = await browser.open(new URL(cancel, form.url));
  assert.match(cameBack(server, page), /[?&]error=access_denied/);
  await refused(server, browser, page, 401, 'single_sign_on_failed');
});

test('with a wrong client secret nobody gets in, and the answer does not show it', async (t) => {
  const { server } = await start(t, {}, { OIDC_CLIENT_SECRET: 'wrong-client-secret' });
  const browser = new Browser();
  const page = await journey(server, browser, 'ada');
  await refused(server, browser, page, 401, 'single_sign_on_failed');
  assert.ok(!`${page.text}${server.log}`.includes('wrong-client-secret'));
});

for (const changed of ['nonce', 'code_challenge']) {
  test(`an answer to a question with another ${changed} proves nothing`, async (t) => {
    const { server } = await start(t);
    const browser = new Browser();
    const departure = await browser.request(`${server.url}/v1/session/oidc`);
    const question = new URL(departure.headers.get('location'));
    question.searchParams.set(changed, 'n0_nlAFIPmq3b5kOB9IKlPNqBKnKyGJOmDYYkqRXF8k');
    const consent = await browser.submit(await browser.open(question), { login: 'ada', password: 'any' });
    await refused(server, browser, await browser.submit(consent), 401, 'single_sign_on_failed');
  });
}

for (const algorithm of ['ES256', 'EdDSA']) {
  test(`ID tokens may be signed with ${algorithm}`, async (t) => {
    const { server } = await start(t, { algorithm });
    const browser = new Browser();
    await signedIn(server, browser, await journey(server, browser, 'ada'));
  });
}

test('the client secret may have to go in the form', async (t) => {
  const client = { token_endpoint_auth_method: 'client_secret_post' };
  const config = { clientAuthMethods: ['client_secret_post'] };
  const { server } = await start(t, { client, config });
  const browser = new Browser();
  await signedIn(server, browser, await journey(server, browser, 'ada'));
});

test('a public client has no secret', async (t) => {
  const client = { token_endpoint_auth_method: 'none', client_secret: undefined };
  const { server } = await start(t, { client }, { OIDC_CLIENT_SECRET: '' });
  const browser = new Browser();
  await signedIn(server, browser, await journey(server, browser, 'ada'));
});

// OpenID Connect Core 1.0, section 5.4: with the code flow the address is at the UserInfo endpoint, and need not be in the token.
test('the address may be at the UserInfo endpoint only', async (t) => {
  const { server } = await start(t, { config: { conformIdTokenClaims: true } });
  const browser = new Browser();
  await signedIn(server, browser, await journey(server, browser, 'ada'));
});
