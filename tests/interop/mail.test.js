// Mails, from the change that causes them to the link that someone follows.

import assert from 'node:assert/strict';
import test from 'node:test';
import { OperatorSession } from './support/browser.js';
import { startCarcosa } from './support/carcosa.js';
import { linkOf, startMailbox, unescaped } from './support/mailbox.js';

// Needs encoding in a header, folding, and escaping in HTML.
const TENANT = 'Müller & Söhne <Łódź> “東京” 🏯 — a name that is too long for one line of a header';
const PASSWORD = 'a horse eats hay';

async function start(t) {
  const mailbox = await startMailbox(t);
  const server = await startCarcosa(t, mailbox.settings);
  return { mailbox, server };
}

// A tenant to invite people to, of a project whose page for that takes more parameters.
async function tenant(server) {
  const settings = { invitation_url: 'https://app.example.com/join?from=mail#form' };
  await server.call('PATCH', '/v1/project', { settings }, 200);
  await server.call('POST', '/v1/tenants', { name: TENANT, slug: 'acme' }, 201);
}

const invite = (server, email) => server.call('POST', '/v1/tenants/slug:acme/invitations', { email, role: 'admin' }, 201);

test('an invitation arrives, and its link makes a member', async (t) => {
  const { mailbox, server } = await start(t);
  await tenant(server);
  const made = await invite(server, 'grace@example.com');
  assert.equal(made.mailed, true);
  const mail = await mailbox.next('grace@example.com');
  assert.equal(mail.subject, `You are invited to ${TENANT}`);
  assert.ok(mail.text.includes(TENANT));
  assert.ok(unescaped(mail.html).includes(TENANT) && !mail.html.includes('<Łódź>'), 'a name is no HTML');

  const link = linkOf(mail);
  assert.equal(link.origin + link.pathname + link.hash, 'https://app.example.com/join#form');
  assert.equal(link.searchParams.get('from'), 'mail');
  const token = link.searchParams.get('token');
  const member = await server.call('POST', '/v1/invitations/accept', { token }, 201);
  assert.deepEqual([member.user.email, member.role], ['grace@example.com', 'admin']);
  assert.equal((await server.call('POST', '/v1/invitations/accept', { token }, 409)).code, 'invitation_not_pending');
});

test('sent again, an invitation has another token, and the former is dead', async (t) => {
  const { mailbox, server } = await start(t);
  await tenant(server);
  const { id } = await invite(server, 'grace@example.com');
  const token = async () => linkOf(await mailbox.next('grace@example.com')).searchParams.get('token');
  const first = await token();
  await server.call('POST', `/v1/tenants/slug:acme/invitations/${id}/resend`, undefined, 200);
  const second = await token();
  assert.notEqual(second, first);
  assert.equal((await server.call('POST', '/v1/invitations/accept', { token: first }, 404)).code, 'invitation_not_found');
  await server.call('POST', '/v1/invitations/accept', { token: second }, 201);
});

test('a server that says "later" is asked again, and an address may have letters beyond ASCII', async (t) => {
  const { mailbox, server } = await start(t);
  await tenant(server);
  mailbox.refusals.push(Object.assign(new Error('Greylisted, come back later'), { responseCode: 451 }));
  await invite(server, 'jürgen@bücher.example');
  const mail = await mailbox.next('jürgen@bücher.example');
  assert.equal(mailbox.refusals.length, 0);
  await server.call('POST', '/v1/invitations/accept', { token: linkOf(mail).searchParams.get('token') }, 201);
});

test('an operator is invited by mail, and signs in', async (t) => {
  const { mailbox, server } = await start(t);
  const ada = new OperatorSession(server);
  await ada.signIn(201);
  const grace = { email: 'grace@example.com', password: PASSWORD };
  const made = await ada.call('POST', '/v1/operators', { email: grace.email, platform_role: 'support' }, 201);
  assert.equal(made.invitation_url, null, 'the link is for nobody else');
  const mail = await mailbox.next(grace.email);
  assert.equal(mail.subject, 'You are invited to run Carcosa');
  assert.ok(mail.text.includes('ada@example.com'), 'says who invites');

  const link = linkOf(mail);
  assert.equal(link.origin + link.pathname, `${server.url}/invitation`);
  const answer = { token: link.hash.slice(1), password: PASSWORD };
  const session = new OperatorSession(server);
  await session.call('POST', '/v1/operators/invitations/accept', answer, 200);
  assert.equal((await session.call('POST', '/v1/operators/invitations/accept', answer, 410)).code, 'invalid_link');
  assert.equal((await session.signIn(201, grace)).operator.platform_role, 'support');
  await session.call('GET', '/v1/operators', undefined, 200);
});

test('a forgotten password is replaced by mail, and its owner hears of it', async (t) => {
  const { mailbox, server } = await start(t);
  const { email } = server.operator;
  const before = new OperatorSession(server);
  await before.signIn(201);
  const stranger = new OperatorSession(server);
  // The answer is the same: nobody learns who is an operator.
  for (const asked of ['nobody@example.com', email]) {
    await stranger.call('POST', '/v1/operators/password-reset', { email: asked }, 202);
  }
  const mail = await mailbox.next(email);
  assert.equal(mail.subject, 'Choose a new password for Carcosa');
  const link = linkOf(mail);
  assert.equal(link.origin + link.pathname, `${server.url}/password-reset`);
  const answer = { token: link.hash.slice(1), new_password: PASSWORD };
  await stranger.call('POST', '/v1/operators/password-reset/confirm', answer, 204);
  assert.equal((await stranger.call('POST', '/v1/operators/password-reset/confirm', answer, 410)).code, 'invalid_link');

  await before.call('GET', '/v1/session', undefined, 401);
  await stranger.signIn(401);
  await stranger.signIn(201, { password: PASSWORD });
  assert.equal((await mailbox.next(email)).subject, 'Your Carcosa password was changed');
  assert.deepEqual(mailbox.mails, [], 'nobody else has mail');
});

test('the operator of a server can try out its mail', async (t) => {
  const { mailbox, server } = await start(t);
  await server.cli('mail', 'test', '--to', 'ada@example.com');
  assert.equal((await mailbox.next('ada@example.com')).subject, 'Carcosa can send mail');
});
