// The program under test, run as an operator runs it: a folder and a port of its own, settings from the environment.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BINARY = resolve(
  process.env.CARCOSA_BINARY ?? fileURLToPath(new URL('../../../target/debug/carcosa', import.meta.url)),
);
const START_MS = 30_000;

// An address that nobody listens at. Others must know it before the server starts: the provider of single sign-on, for one.
export async function freeUrl() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return `http://127.0.0.1:${port}`;
}

// Asks until there is an answer. What never comes fails with what was waited for.
export async function until(what, milliseconds, look) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < end, `waited ${milliseconds} ms in vain for ${what}`);
    await sleep(50);
  }
}

// Starts a server with one operator, one project and its key; it stops when the test ends. Settings are named without `CARCOSA_`.
export async function startCarcosa(t, settings = {}, url = undefined) {
  const server = new Carcosa(url ?? (await freeUrl()), await mkdtemp(join(tmpdir(), 'carcosa-interop-')), settings);
  t.after(() => server.stop());
  await server.start();
  return server;
}

export class Carcosa {
  constructor(url, folder, settings) {
    Object.assign(this, { url, folder, log: '' });
    // A developer's own settings must not change what is tested.
    const foreign = (name) => name.startsWith('CARCOSA_') || name === 'INVITATION_EXPIRY_DAYS';
    this.env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)));
    const ours = { LISTEN: new URL(url).host, PUBLIC_URL: url, DATA_DIR: folder, ...settings };
    for (const [name, value] of Object.entries(ours)) this.env[`CARCOSA_${name}`] = value;
  }

  async start() {
    const made = await this.cli('bootstrap', '--operator-email', 'ada@example.com', '--project-name', 'CardVault');
    Object.assign(this, { operator: made.operator, project: made.project, key: made.api_key.secret });
    await this.serve();
  }

  async serve() {
    this.process = spawn(BINARY, ['serve'], { env: this.env, cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] });
    this.process.stderr.on('data', (text) => (this.log += text));
    await until('/health/ready', START_MS, async () => {
      assert.equal(this.process.exitCode, null, `the server ended:\n${this.log}`);
      return (await fetch(`${this.url}/health/ready`).catch(() => null))?.ok;
    });
  }

  async stop() {
    if (this.process && this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      const [code] = await exit;
      assert.equal(code, 0, `the server did not stop cleanly:\n${this.log}`);
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  // What a command of the program prints.
  async cli(...args) {
    const run = promisify(execFile);
    const { stdout } = await run(BINARY, [...args, '--json'], { env: this.env, cwd: this.folder });
    return JSON.parse(stdout);
  }

  // The lines of JSON that a command prints as long as the test lasts.
  follow(t, ...args) {
    const lines = [];
    const process = spawn(BINARY, [...args, '--json'], { env: this.env, cwd: this.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => process.kill());
    createInterface(process.stdout).on('line', (line) => lines.push(JSON.parse(line)));
    return lines;
  }

  // What the server answers to the project's key, or to another bearer token.
  async call(method, path, body, status, bearer = this.key) {
    const headers = { authorization: `Bearer ${bearer}` };
    return this.check(await send(fetch, this.url + path, method, headers, body), status, `${method} ${path}`);
  }

  // The body of an answer that must have this status. Else the server's log says why it has not.
  async check(response, status, request) {
    const text = await response.text();
    assert.equal(response.status, status, `${request}: ${text}\n${this.log.slice(-2000)}`);
    return text === '' ? null : JSON.parse(text);
  }
}

// A request with JSON in it, if there is a body.
export function send(by, url, method, headers, body) {
  if (body === undefined) return by(url, { method, headers });
  return by(url, { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) });
}
