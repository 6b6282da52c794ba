// With the keyboard alone.

import assert from 'node:assert/strict';
import test from 'node:test';
import { dashboard, heading, openWindow, settled } from './support/browser.js';
import { everything } from './support/seed.js';

const world = dashboard({ seed: everything });

test('the palette finds objects and pages, and goes there', async (t) => {
  const page = await openWindow(t, world, { motion: true });
  await page.goto('/p/cardvault');
  await settled(page);
  const palette = async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search and commands' }).waitFor();
  };
  await palette();
  await page.keyboard.type('acme');
  await page.getByRole('option', { name: /^Acme/ }).first().waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'Acme').waitFor();
  // By id too, whatever it is an id of.
  await palette();
  await page.keyboard.type(world.made.tenantKey.id);
  await page.getByRole('option', { name: `Open ${world.made.tenantKey.id}` }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'Warehouse').waitFor();
  await palette();
  await page.keyboard.type('webhooks');
  await page.getByRole('option', { name: 'Webhooks', exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'Webhooks').waitFor();
});

test('letters go to pages, rows are walked and opened, the focus is where one is', async (t) => {
  const page = await openWindow(t, world, { motion: true });
  await page.goto('/p/cardvault');
  await settled(page);
  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await heading(page, 'Tenants').waitFor();
  await settled(page);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main', 'the keyboard goes on at the page');
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('type')), 'search');
  await page.keyboard.type('acme');
  await page.waitForURL(/q=acme/);
  await settled(page);
  const row = page.getByRole('link', { name: 'Acme' });
  await row.focus();
  await page.keyboard.press('x');
  await page.getByRole('checkbox', { name: 'Select Acme', checked: true }).waitFor();
  await page.keyboard.press('x');
  await row.focus();
  await page.keyboard.press('Enter');
  await heading(page, 'Acme').waitFor();
  await page.goBack();
  await page.waitForURL(/q=acme/);
});

test('dialogs take the focus, keep it, and give it back', async (t) => {
  const page = await openWindow(t, world, { motion: true });
  await page.goto('/p/cardvault/tenants');
  await settled(page);
  const create = page.locator('[data-create]');
  await create.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  // Whoever is faster than the dialog still finds nothing behind it.
  await page.locator('#root[inert]').waitFor();
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(() => {
      const element = document.activeElement;
      const inside = element?.closest('[role=dialog]') !== null || element === document.body || element.hasAttribute('data-base-ui-focus-guard');
      return inside ? undefined : element?.outerHTML.slice(0, 200);
    });
    assert.equal(outside, undefined, `after ${presses + 1} tabs the focus is behind the dialog`);
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  // The page can be used again, and the focus is back on the button.
  await page.locator('#root:not([inert])').waitFor();
  await page.waitForFunction(() => document.activeElement?.hasAttribute('data-create'));
});

test('every page can be walked with Tab, and the focus can be seen', async (t) => {
  const page = await openWindow(t, world);
  for (const path of ['/p/cardvault', '/p/cardvault/tenants', `/p/cardvault/tenants/${world.made.acme.id}`, '/p/cardvault/roles', '/account']) {
    await page.goto(path);
    await settled(page);
    const seen = new Set();
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        // A choice may show it on its label, a row on what covers it.
        const shown = (style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none';
        const places = [element, element.closest('label')].filter(Boolean);
        const visible = places.some((one) => shown(getComputedStyle(one)) || shown(getComputedStyle(one, '::after')));
        return { name: element.outerHTML.slice(0, 120), visible };
      });
      if (!found) break;
      assert.ok(found.visible, `${path}: the focus cannot be seen on ${found.name}`);
      seen.add(found.name);
    }
    assert.ok(seen.size > 8, `${path}: Tab reaches only ${seen.size} places`);
  }
});

test('who wants less motion gets none', async (t) => {
  const page = await openWindow(t, world);
  await page.goto('/p/cardvault');
  await settled(page);
  const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running' && Number(one.effect?.getComputedTiming().duration) > 50).length);
  assert.equal(moving, 0);
});
