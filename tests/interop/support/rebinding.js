// Run by rebinding.test.js in namespaces of its own, where the machine's resolver asks the DNS server started here. Prints what it saw.

import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCarcosa, until } from './carcosa.js';

const folder = mkdtempSync(join(tmpdir(), 'carcosa-dns-'));
execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const [file, text] of [['resolv.conf', 'nameserver 127.0.0.1\noptions timeout:2 attempts:2\n'], ['nsswitch.conf', 'hosts: files dns\n']]) {
  writeFileSync(join(folder, file), text);
  execFileSync('mount', ['--bind', join(folder, file), `/etc/${file}`]);
}

// Answers questions for A with the next of these addresses, which nobody may keep; those for anything else with nothing.
const answers = [];
const asked = [];
const dns = createSocket('udp4');
dns.on('message', (question, from) => {
  let end = 12;
  const labels = [];
  while (question[end] !== 0) {
    labels.push(question.toString('ascii', end + 1, end + 1 + question[end]));
    end += question[end] + 1;
  }
  const isA = question.readUInt16BE(end + 1) === 1;
  const asks = question.subarray(12, end + 5);
  const address = isA ? (answers.length > 1 ? answers.shift() : answers[0]) : undefined;
  if (isA) asked.push({ name: labels.join('.'), address });
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(address ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const parts = [head, asks];
  if (address) parts.push(Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]));
  dns.send(Buffer.concat(parts), from.port, from.address);
});
dns.bind(53, '127.0.0.1');
await once(dns, 'listening');

// Whoever comes here was led astray.
let connections = 0;
const inside = createTcpServer((socket) => {
  connections += 1;
  socket.destroy();
}).listen(443, '127.0.0.1');
await once(inside, 'listening');

const ends = [];
const t = { after: (end) => ends.push(end) };

async function attempts(server, url, scripts) {
  const made = await server.call('POST', '/v1/webhook-endpoints', { url, event_types: ['tenant.*'] }, 201);
  const errors = [];
  for (const script of scripts) {
    answers.splice(0, answers.length, ...script);
    const { deliveries } = await server.call('POST', `/v1/webhook-endpoints/${made.id}/test`, {}, 200);
    const done = await until('the attempt', 25_000, async () => {
      const delivery = await server.call('GET', `/v1/deliveries/${deliveries[0].id}`, undefined, 200);
      return delivery.attempt_log[0];
    });
    errors.push(done.error);
  }
  return errors;
}

const strict = await startCarcosa(t);
const refused = await attempts(strict, 'https://rebind.example.com/hooks', [['192.0.2.7'], ['93.184.216.34'], ['127.0.0.1'], ['169.254.169.254'], ['10.0.0.1']]);
// The answer for the check is public and that for the connection is not: there is only one question.
const before = asked.length;
const changed = await attempts(strict, 'https://changing.example.com/hooks', [['93.184.216.34', '127.0.0.1'], ['127.0.0.1', '93.184.216.34']]);
const questions = asked.slice(before).map(({ address }) => address);

let came = 0;
const application = createServer((request, response) => {
  came += 1;
  request.resume().on('end', () => response.writeHead(204).end());
}).listen(8080, '127.0.0.1');
await once(application, 'listening');
const open = await startCarcosa(t, { OUTBOUND_ALLOW: '127.0.0.0/8' });
const allowed = await attempts(open, 'http://inside.example.com:8080/hooks', [['127.0.0.1']]);

for (const end of ends) await end();
for (const server of [dns, inside, application]) server.close();
for (const file of ['resolv.conf', 'nsswitch.conf']) execFileSync('umount', [`/etc/${file}`]);
rmSync(folder, { recursive: true });
console.log(JSON.stringify({ refused, changed, questions, connections, allowed, came, asked: asked.length }));
process.exit(0);
