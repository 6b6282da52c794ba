// A mail server (`smtp-server`) that keeps what it gets, read by a mail program's parser (`mailparser`).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { until } from './carcosa.js';

const ARRIVES_MS = 15_000;
const USER = 'carcosa@example.com';
const PASSWORD = 'p@ss/w:ö rd%';

// Lets in whoever has the password, and nobody else. Stops when the test ends.
export async function startMailbox(t) {
  const mailbox = new Mailbox();
  const server = new SMTPServer({
    // Certificates of our own making are trusted by nobody, so this is what a mail server on the same machine looks like.
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === USER && password === PASSWORD ? done(null, { user: username }) : done(new Error('Who are you?')),
    onRcptTo: (_, session, done) => done(mailbox.refusals.shift()),
    onData: (stream, session, done) => {
      mailbox.take(stream, session.envelope).then(() => done(), done);
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise((done) => server.close(done)));
  const credentials = [USER, PASSWORD].map(encodeURIComponent).join(':');
  mailbox.settings = {
    MAIL_SMTP_URL: `smtp://${credentials}@127.0.0.1:${server.server.address().port}`,
    MAIL_FROM: '"Bücher, Inc." <no-reply@example.com>',
  };
  return mailbox;
}

class Mailbox {
  mails = [];
  // What the next recipients are answered with, instead of a welcome.
  refusals = [];

  async take(stream, envelope) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    // The parser must not make up a part that was not sent.
    const parsed = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true });
    this.mails.push({ ...parsed, raw: raw.toString('latin1'), recipients: envelope.rcptTo.map(({ address }) => address) });
  }

  // The next mail to this address, which must come soon, and be well formed.
  async next(address) {
    const here = () => this.mails.findIndex(({ recipients }) => recipients.includes(address));
    await until(`a mail to ${address}`, ARRIVES_MS, () => here() >= 0);
    const [mail] = this.mails.splice(here(), 1);
    assert.deepEqual(mail.recipients, [address], 'to nobody else');
    assert.deepEqual(mail.to.value.map((to) => to.address), [address]);
    assert.deepEqual(mail.from.value, [{ name: 'Bücher, Inc.', address: 'no-reply@example.com' }]);
    assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
    assert.equal(mail.headers.get('content-type').value, 'multipart/alternative');
    assert.match(mail.messageId, /^<[^@\s]+@example\.com>$/);
    assert.ok(Math.abs(mail.date - Date.now()) < 60_000, 'written now');
    assert.ok(mail.text && mail.html, 'both parts');
    assert.ok(mail.raw.split('\r\n').every((line) => line.length <= 998 && !line.includes('\n')), 'RFC 5322, section 2.1.1');
    return mail;
  }
}

// The address that the mail leads to: one, in the text, under the button, and for those who copy it.
export function linkOf({ text, html }) {
  const [link] = /https?:\/\/\S+(?=\n\nThe link works)/.exec(text) ?? assert.fail(`no link in: ${text}`);
  const page = unescaped(html);
  const button = /<a class="button"[^>]* href="([^"]+)"/.exec(page)?.[1];
  assert.equal(button, link);
  assert.equal(page.split(link).length - 1, 2, 'under the button, and to be copied');
  return new URL(link);
}

// HTML as its reader sees it.
export function unescaped(html) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return html.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot));/gi, (_, hex, decimal, name) =>
    name ? named[name] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal)),
  );
}
