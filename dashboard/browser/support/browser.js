// Chromium, driven: pages that remember what went wrong on them, and checks that hold on every page.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { startCarcosa } from '../../../tests/interop/support/carcosa.js';

// The one that the environment names, or one of Debian's; `cargo xtask test` installs the first.
const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync) ?? 'chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Letters as all builds of Chromium draw them.
  '--font-render-hinting=none',
];
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// WCAG 2.2 AA, and what axe knows besides.
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// A server and a browser for the tests of a file. `seed` fills the server before the first test.
export function dashboard({ settings = {}, seed = async () => ({}) } = {}) {
  // Servers are stopped after the browser, whose streams would keep them: `lasting` stands for the test when one is started.
  const closing = [];
  const world = { server: undefined, browser: undefined, made: undefined, lasting: { after: (close) => closing.push(close) } };
  before(async () => {
    world.server = await startCarcosa(world.lasting, settings);
    world.close = () => Promise.all(closing.map((close) => close()));
    world.browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    world.made = await seed(world.server);
  });
  after(async () => {
    await world.browser?.close();
    await world.close?.();
  });
  return world;
}

// A window of its own: other cookies, other storage. It fails its test when anything went wrong on its pages, but for answers whose status is `expected`.
// Nothing slides in it unless `motion` is asked for: on a busy machine a click can begin on what has moved away when it ends.
export async function openWindow(t, world, { theme = 'light', width = 1280, height = 900, motion = false, signedIn = true, expected = [], ...more } = {}) {
  const context = await world.browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: motion ? 'no-preference' : 'reduce',
    baseURL: world.server.url,
    permissions: ['clipboard-read', 'clipboard-write'],
    ...more,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrong = [];
  watch(page, wrong, expected);
  context.on('page', (other) => watch(other, wrong, expected));
  t.after(async () => {
    await context.close();
    assert.deepEqual(wrong, [], `things went wrong on the page; the server says:\n${complaints(world.server)}`);
  });
  if (signedIn) await signIn(context, world.server);
  return page;
}

// The last lines of the server's log that warn.
const complaints = ({ log = '' }) => log.split('\n').filter((line) => /WARN|ERROR/.test(line)).slice(-10).join('\n');

function watch(page, wrong, expected) {
  page.on('pageerror', (error) => wrong.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const status = /status of (\d+)/.exec(message.text())?.[1];
    if (status && expected.includes(Number(status))) return;
    if (expected.includes('network') && /net::ERR_/.test(message.text())) return;
    if (expected.includes('code') && /dynamically imported module/.test(message.text())) return;
    wrong.push(`console: ${message.text()} (${message.location().url})`);
  });
}

// Signs a window in without the form, as the cookie would have it.
export async function signIn(context, server) {
  const { email, password } = server.operator;
  const answer = await context.request.post('/v1/session', { data: { email, password } });
  assert.equal(answer.status(), 201, await answer.text());
  return answer.json();
}

// Waits until nothing is loading any more.
export async function settled(page) {
  await page.waitForFunction(
    () => document.querySelector('h1') && !document.querySelector('.skeleton, [aria-busy="true"]') && document.fonts.status === 'loaded',
  );
  // Things that move have arrived.
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity).map((one) => one.finished.catch(() => undefined))));
}

// No violation that axe can find, among all rules or some.
export async function accessible(page, what = page.url(), rules = { runOnly: RULES }) {
  await page.evaluate(AXE);
  const found = await page.evaluate(async (options) => {
    const { violations } = await globalThis.axe.run(document, options);
    return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.slice(0, 3).map((node) => `    ${node.html.slice(0, 200)}\n      ${node.failureSummary?.split('\n').slice(1, 3).join(' ')}`).join('\n')}`);
  }, rules);
  assert.equal(found.length, 0, `${what}\n${found.join('\n')}`);
}

// Nothing is wider than the window, and nothing that can be pressed lies outside it.
export async function fits(page, what = page.url()) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (element) => element.parentElement?.closest('.tabs, .code, [data-scrolls]');
    // Windows are no part of the page's own width.
    const page = document.documentElement.scrollWidth > width ? [...document.querySelectorAll('main *')] : [];
    const windows = document.querySelectorAll('[role=dialog] *, [role=alertdialog] *');
    return [...page, ...windows]
      .filter((element) => element.getBoundingClientRect().right > width + 1 && !scrolls(element) && element.closest('.hidden-visually') === null)
      .slice(0, 5)
      .map((element) => `${element.tagName}.${element.className} ${Math.round(element.getBoundingClientRect().right)} > ${width}`);
  });
  assert.deepEqual(wide, [], `wider than the window: ${what}`);
}

// The heading of the page, once it is there.
export const heading = (page, name) => page.getByRole('heading', { level: 1, name });

// Something was refused, and the keyboard is at its field.
export const refused = (page) => page.locator('[aria-invalid=true]:focus').waitFor();

// What alone can be otherwise in dark: the document is the same.
export const readable = (page, what) => accessible(page, what, { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } });
