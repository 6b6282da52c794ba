// The dashboard in a browser, over a project with many tenants: how soon its first view is there, how soon a search shows, how smoothly it scrolls.
//
//     cargo xtask build --release
//     node bench/dashboard.js [tenants, 1000000]
//
// On SQLite, with Debian's Chromium (CHROMIUM for another one), everything on one machine. Prints Markdown.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const TENANTS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 9;
const root = fileURLToPath(new URL('..', import.meta.url));
const binary = join(root, 'target/release/carcosa');
const folder = mkdtempSync(join(tmpdir(), 'carcosa-bench-'));

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const url = `http://127.0.0.1:${port}`;
const env = { PATH: process.env.PATH, CARCOSA_DATA_DIR: folder, CARCOSA_LISTEN: `127.0.0.1:${port}` };
const made = JSON.parse(execFileSync(binary, ['bootstrap', '--operator-email', 'ada@example.com', '--project-name', 'Bench', '--json'], { env }));
const project = execFileSync('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT hex(id) FROM projects").fetchone()[0].lower())', join(folder, 'carcosa.db')], { encoding: 'utf8' }).trim();
execFileSync('python3', [join(root, 'bench/load.py'), 'sqlite', join(folder, 'carcosa.db'), project, String(TENANTS), join(folder, 'samples')], { stdio: 'ignore' });
// Lines of an id and a slug; a search has the slug's words but the first.
const samples = readFileSync(join(folder, 'samples'), 'utf8').split('\n').filter(Boolean);
const words = samples.map((line) => line.split(' ')[1].split('-').slice(1).join(' '));

const server = spawn(binary, ['serve'], { env, stdio: 'ignore' });
while (!(await fetch(`${url}/health/ready`).catch(() => undefined))?.ok) await sleep(50);
// Tenants that came past the API are counted in the background.
const headers = { authorization: `Bearer ${made.api_key.secret}` };
const counted = async () => (await (await fetch(`${url}/v1/tenants/stats`, { headers })).json()).total;
while ((await counted()) < TENANTS) await sleep(200);
// What the load left to write is written: the first views would share the disk with it.
execFileSync('sync');
await sleep(5000);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[Math.floor(values.length / 2)];
const range = (values, unit = 'ms') => `${Math.round(median(values))} ${unit} (${Math.round(Math.min(...values))}–${Math.round(Math.max(...values))})`;

async function window() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, baseURL: url });
  const { email, password } = made.operator;
  const answer = await context.request.post('/v1/session', { data: { email, password } });
  if (!answer.ok()) throw new Error(await answer.text());
  return { context, page: await context.newPage() };
}

// From the navigation to what is on the screen, by the browser's own clock.
async function view(page, path, shown) {
  await page.goto(path, { waitUntil: 'commit' });
  await page.waitForSelector(shown);
  return page.evaluate(() => {
    const files = performance.getEntriesByType('resource').filter((one) => one.name.endsWith('.js'));
    return { shown: performance.now(), script: files.reduce((sum, one) => sum + one.transferSize, 0) };
  });
}

const rows = [];
const path = `/p/${made.project.slug}`;
for (const [name, where, shown] of [
  ['overview', path, '.figure-value:not([aria-busy])'],
  ['tenants', `${path}/tenants`, '[data-row]'],
]) {
  const [cold, warm, script] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { context, page } = await window();
    const first = await view(page, where, shown);
    cold.push(first.shown);
    script.push(first.script / 1000);
    warm.push((await view(page, where, shown)).shown);
    await context.close();
  }
  rows.push([`${name}: first view, nothing cached`, range(cold)], [`${name}: again, files cached`, range(warm)], [`${name}: JavaScript sent`, range(script, 'kB')]);
}

const { context, page } = await window();
await view(page, `${path}/tenants`, '[data-row]');
const searches = [];
for (let round = 0; round < 20; round += 1) {
  const word = words[(round * 37) % words.length];
  const answered = page.waitForResponse((response) => new URL(response.url()).searchParams.get('q') === word);
  const begun = performance.now();
  await page.locator('[data-search]').fill(word);
  await answered;
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  searches.push(performance.now() - begun);
  await page.locator('[data-search]').fill('');
  await page.waitForTimeout(300);
}
rows.push(['search: from the key to the rows, of which 180 ms wait for the hand to rest', range(searches)]);

const frames = await page.evaluate(async () => {
  const times = [];
  let last = performance.now();
  for (let frame = 0; frame < 400; frame += 1) {
    scrollBy(0, 250);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  return { times, rows: document.querySelectorAll('[data-row]').length };
});
rows.push(['scrolling: a frame, median', `${median(frames.times).toFixed(1)} ms`]);
rows.push(['scrolling: a frame, 99th of 100', `${sorted(frames.times)[Math.floor(frames.times.length * 0.99)].toFixed(1)} ms`]);
rows.push(['scrolling: rows in the document', String(frames.rows)]);
await context.close();

process.stdout.write(`| ${TENANTS.toLocaleString('en')} tenants | median (least–most of ${ROUNDS}) |\n|---|---|\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
await browser.close();
server.kill();
rmSync(folder, { recursive: true });
