// The door: first starts, operators of a test's own, codes of authenticator apps, mails.

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Carcosa, freeUrl, until } from '../../../tests/interop/support/carcosa.js';
import { openWindow } from './browser.js';

export const PASSWORD = 'a horse eats hay';

// A server that nobody has set up, and its link: in a file, which it names on its standard error.
export async function startFresh(t, settings = {}) {
  const server = new Carcosa(await freeUrl(), await mkdtemp(join(tmpdir(), 'carcosa-fresh-')), settings);
  t.after(() => server.stop());
  await server.serve();
  const file = await until('the file with the link to set it up', 10_000, () => /^ +(\/.+\/setup-link)$/m.exec(server.log)?.[1]);
  return Object.assign(server, { setupLink: (await readFile(file, 'utf8')).trim() });
}

// The same browser, at another server, or for another operator of the same one.
export const at = (world, server) => ({ ...world, server });
export const as = (world, operator) => at(world, { url: world.server.url, operator });

// What the API answers to whoever is signed in in the page's window.
export async function asked(page, method, path, { data, status = 200, headers = {} } = {}) {
  const { request } = page.context();
  const session = await (await request.get('/v1/session')).json();
  const answer = await request.fetch(path, { method, data, headers: { ...headers, 'x-csrf-token': session.csrf_token } });
  const text = await answer.text();
  assert.equal(answer.status(), status, `${method} ${path}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

// An operator who has accepted the invitation: a super admin unless `roles` says otherwise.
export async function makeOperator(t, world, roles = { platform_role: 'super_admin' }) {
  const admin = await openWindow(t, world);
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  const made = await asked(admin, 'POST', '/v1/operators', { data: { email, name: `Operator ${email.slice(0, 8)}`, ...roles }, status: 201 });
  const token = made.invitation_url.split('#')[1];
  const answer = await admin.context().request.post('/v1/operators/invitations/accept', { data: { token, password: PASSWORD } });
  assert.ok(answer.ok(), await answer.text());
  return { id: made.id, email, name: made.name, password: PASSWORD };
}

// Gives whoever is signed in an authenticator app: its secret, and the recovery codes.
export async function giveTotp(page) {
  const { secret } = await asked(page, 'POST', '/v1/session/totp', { data: {} });
  const { codes } = await asked(page, 'POST', '/v1/session/totp/confirm', { data: { code: totp(secret) } });
  return { secret, codes };
}

// What an authenticator app shows (RFC 6238), `steps` of 30 seconds from now: each code counts once, and one step to either side of now is taken.
export function totp(secret, steps = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

// A mail server that takes what comes, and tells the links in it.
export async function startPost(t) {
  const mails = [];
  const server = createServer((socket) => {
    let [text, inData] = ['', false];
    const say = (line) => socket.write(`${line}\r\n`);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk;
      for (let end; (end = text.indexOf(inData ? '\r\n.\r\n' : '\r\n')) >= 0; ) {
        const part = text.slice(0, end);
        text = text.slice(end + (inData ? 5 : 2));
        if (inData) mails.push(part);
        const asksForData = !inData && /^DATA/i.test(part);
        say(asksForData ? '354 go on' : /^QUIT/i.test(part) && !inData ? '221 bye' : '250 ok');
        inData = asksForData;
      }
    });
    say('220 post.example ready');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  // Quoted-printable, as far as links need it.
  const links = () => mails.flatMap((mail) => mail.replaceAll('=\r\n', '').replaceAll('=3D', '=').match(/http:\/\/[^\s"<>]+#[^\s"<>]+/g) ?? []);
  return {
    settings: { MAIL_SMTP_URL: `smtp://127.0.0.1:${server.address().port}`, MAIL_FROM: 'no-reply@example.com' },
    link: () => until('a link by mail', 15_000, () => links()[0]),
  };
}
