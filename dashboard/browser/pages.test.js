// What holds on every page: nothing goes wrong, axe finds nothing, and it fits, in light and dark, at 1280 and 320 pixels.

import assert from 'node:assert/strict';
import test from 'node:test';
import { accessible, dashboard, fits, heading, openWindow, readable, settled } from './support/browser.js';
import { dialogsOf, everything, pagesOf } from './support/seed.js';

const world = dashboard({ seed: everything });
const OUTSIDE = ['/sign-in', '/password-reset', '/password-reset#token', '/invitation#token', '/setup#token'];

// Looks at all, then says everything that is wrong: one run is enough to mend it.
async function each(paths, look) {
  const wrong = [];
  for (const path of paths) await look(path).catch((error) => wrong.push(error.message));
  assert.equal(wrong.length, 0, wrong.join('\n'));
}

// One way to look at all pages.
function look(name, options, check) {
  test(`every page ${name}`, { timeout: 300_000 }, async (t) => {
    const page = await openWindow(t, world, options);
    await each(pagesOf(world.made), async (path) => {
      await page.goto(path);
      await settled(page);
      const headings = await page.locator('h1').allInnerTexts();
      assert.equal(headings.length, 1, `${path} has the headings ${headings.join(', ')}`);
      assert.equal(await page.getByText('This could not be loaded').count(), 0, path);
      assert.match(await page.title(), /^.+ · Carcosa$/, path);
      await check(page, path);
    });
  });
  test(`every dialog that creates ${name}`, { timeout: 200_000 }, async (t) => {
    const page = await openWindow(t, world, options);
    await each(dialogsOf(world.made), async (path) => {
      await page.goto(path);
      await page.getByRole('dialog').waitFor();
      await settled(page);
      await check(page, path);
    });
  });
  test(`every page before the door ${name}`, async (t) => {
    const page = await openWindow(t, world, { ...options, signedIn: false });
    await each(OUTSIDE, async (path) => {
      // An address that differs only behind # would not be loaded anew.
      await page.goto('about:blank');
      await page.goto(path);
      await page.locator('h1').waitFor();
      await check(page, path);
    });
  });
}

look('in light', { theme: 'light' }, accessible);
look('in dark', { theme: 'dark' }, readable);
look('at 320 pixels', { width: 320, height: 640 }, async (page, path) => {
  await fits(page, path);
  await accessible(page, path);
});
// 1280 pixels at 200 %: the window has half as many.
look('at 200 %', { width: 640, height: 450, deviceScaleFactor: 2 }, fits);

test('an address without a page says so inside its room; whoever is not signed in is asked to first', async (t) => {
  const page = await openWindow(t, world);
  for (const [path, title, neighbour] of [
    ['/no/such/page', 'Page not found', 'Operators'],
    ['/p/cardvault/no/such/page', 'Page not found', 'Webhooks'],
    [`/p/cardvault/tenants/${world.made.acme.id}/no/such/page`, 'Acme', 'Hierarchy'],
  ]) {
    await page.goto(path);
    await heading(page, title).waitFor();
    await page.getByText('There is no such page.').waitFor();
    await page.getByRole('link', { name: neighbour, exact: true }).waitFor();
  }
  const stranger = await openWindow(t, world, { signedIn: false, expected: [401] });
  await stranger.goto('/no/such/page');
  await stranger.waitForURL(/\/sign-in\?to=/);
});
