// One's own account: second factor, password, sessions, appearance.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { accessible, dashboard, heading, openWindow, refused, settled } from './support/browser.js';
import { as, asked, giveTotp, makeOperator, PASSWORD, totp } from './support/door.js';

const world = dashboard();
const NEXT = 'two horses eat more hay';
const SYSTEMS = {
  firefox: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  phone: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
};

const session = (page) => asked(page, 'GET', '/v1/session');
const factor = async (page) => (await session(page)).operator.credentials.some(({ kind }) => kind === 'totp');
const said = (page, text) => page.getByRole('region', { name: 'Notifications' }).getByText(text);
const ended = (page) => page.getByRole('dialog', { name: 'Your session has ended' });

test('the second factor is set up, its recovery codes are kept, and it is turned off again', async (t) => {
  const operator = await makeOperator(t, world);
  const page = await openWindow(t, as(world, operator), { expected: [401, 422] });
  await page.goto('/account');
  await settled(page);
  await page.getByRole('button', { name: 'Set up' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' });
  await dialog.getByRole('img', { name: /QR code/ }).waitFor();
  await accessible(page);
  const url = new URL(await dialog.getByRole('link', { name: 'Open in an app on this device' }).getAttribute('href'));
  assert.equal(url.protocol, 'otpauth:');
  const secret = url.searchParams.get('secret');
  assert.equal((await dialog.locator('code').innerText()).replaceAll(/\s/g, ''), secret);
  const code = dialog.getByLabel('Code that the app shows');
  const right = totp(secret);
  await code.fill(right === '000000' ? '000001' : '000000');
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await refused(page);
  assert.equal(await factor(page), false);
  await code.fill(totp(secret));
  await dialog.getByRole('button', { name: 'Turn on' }).click();

  const codes = page.getByRole('dialog', { name: 'Keep these recovery codes' });
  await codes.waitFor();
  await page.keyboard.press('Escape');
  const shown = await codes.getByRole('list', { name: 'recovery codes' }).getByRole('listitem').allInnerTexts();
  assert.equal(new Set(shown).size, 10);
  const download = page.waitForEvent('download');
  await codes.getByRole('button', { name: 'Download' }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), 'carcosa-recovery-codes.txt');
  assert.equal(await readFile(await file.path(), 'utf8'), `${shown.join('\n')}\n`);
  await codes.getByRole('button', { name: 'Copy all' }).click();
  await codes.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), shown.join('\n'));
  await codes.getByRole('button', { name: 'I have stored them' }).click();
  await page.getByText('10 of 10').waitFor();
  assert.equal(await factor(page), true);
  // They are what the server takes.
  const { request } = (await openWindow(t, world, { signedIn: false })).context();
  const answer = await request.post('/v1/session', { data: { email: operator.email, password: PASSWORD, recovery_code: shown[0] } });
  assert.equal(answer.status(), 201, await answer.text());

  await page.getByRole('button', { name: 'Turn off…' }).click();
  const off = page.getByRole('dialog', { name: 'Turn off the second factor?' });
  await off.getByLabel('Your password').fill('not this one, surely');
  await off.getByRole('button', { name: 'Turn off' }).click();
  await refused(page);
  assert.equal(await factor(page), true);
  await off.getByLabel('Your password').fill(PASSWORD);
  await off.getByRole('button', { name: 'Turn off' }).click();
  await page.getByRole('button', { name: 'Set up' }).waitFor();
  assert.equal(await factor(page), false);
});

test('recovery codes are made anew with the password, and those before are void', async (t) => {
  const operator = await makeOperator(t, world);
  const page = await openWindow(t, as(world, operator), { expected: [401, 422] });
  const { codes: former } = await giveTotp(page);
  await page.goto('/account');
  await settled(page);
  await page.getByText('10 of 10').waitFor();
  await page.getByRole('button', { name: 'New recovery codes…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Make new recovery codes?' });
  await dialog.getByText('Those that you have stop working at once.').waitFor();
  await accessible(page);
  const make = dialog.getByRole('button', { name: 'Make new codes' });
  await make.click();
  await dialog.getByText('Needed.').waitFor();
  await dialog.getByLabel('Your password').fill('not this one, surely');
  await make.click();
  await refused(page);
  // What is shown once goes away by its own button alone, and is nowhere afterwards.
  await dialog.getByLabel('Your password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  const shown = page.getByRole('dialog', { name: 'Keep these recovery codes' });
  await shown.getByText('Those from before do not work any more.').waitFor();
  const codes = await shown.getByRole('list', { name: 'recovery codes' }).getByRole('listitem').allInnerTexts();
  assert.equal(new Set([...codes, ...former]).size, 20);
  await page.keyboard.press('Escape');
  await shown.getByRole('button', { name: 'I have stored them' }).click();
  await shown.waitFor({ state: 'detached' });
  await page.getByText('10 of 10').waitFor();
  assert.equal((await page.locator('body').innerText()).includes(codes[0]), false);
  // This session goes on, and the server takes the new codes alone.
  await asked(page, 'PATCH', `/v1/operators/${operator.id}`, { data: { name: 'Renamed' } });
  const { request } = (await openWindow(t, world, { signedIn: false })).context();
  const enter = (code) => request.post('/v1/session', { data: { email: operator.email, password: PASSWORD, recovery_code: code } });
  assert.equal((await enter(former[0])).status(), 401);
  assert.equal((await enter(codes[0])).status(), 201);
  await page.reload();
  await page.getByText('9 of 10').waitFor();
});

test('a new password ends the other sessions, and this one goes on', async (t) => {
  const operator = await makeOperator(t, world);
  const page = await openWindow(t, as(world, operator), { expected: [401, 422] });
  const other = await openWindow(t, as(world, operator), { expected: [401] });
  await other.goto('/installation/projects');
  await settled(other);
  await page.goto('/account');
  await settled(page);
  const [now, next] = [page.getByLabel('Current password'), page.getByLabel('New password')];
  const change = page.getByRole('button', { name: 'Change password' });
  await now.fill('not this one, surely');
  await next.fill(operator.email.split('@')[0]);
  await change.click();
  await page.getByText('Not all of this is met yet.').waitFor();
  await refused(page);
  await next.fill(NEXT);
  await change.click();
  await now.and(page.locator('[aria-invalid=true]:focus')).waitFor();
  assert.equal(await next.inputValue(), NEXT, 'what was typed stays');
  await now.fill(PASSWORD);
  await change.click();
  await said(page, 'Your password is changed. Your other sessions have ended.').waitFor();
  assert.equal(await now.inputValue(), '');
  // This session goes on, also with changes, for which it has a new token.
  await asked(page, 'GET', '/v1/session');
  await page.reload();
  await settled(page);

  await other.getByRole('link', { name: 'Operators' }).click();
  await ended(other).waitFor();
  await ended(other).getByLabel('Password').fill(PASSWORD);
  await ended(other).getByRole('button', { name: 'Sign in' }).click();
  await ended(other).getByText('The e-mail address, the password or the code is wrong.').waitFor();
  await ended(other).getByLabel('Password').fill(NEXT);
  await ended(other).getByRole('button', { name: 'Sign in' }).click();
  await ended(other).waitFor({ state: 'detached' });
  await other.getByRole('link', { name: operator.name }).waitFor();
});

test('one session is ended, then all others', async (t) => {
  const operator = await makeOperator(t, world);
  const page = await openWindow(t, as(world, operator), { expected: [500] });
  const others = { expected: [401], width: 900 };
  const firefox = await openWindow(t, as(world, operator), { ...others, userAgent: SYSTEMS.firefox });
  const phone = await openWindow(t, as(world, operator), { ...others, userAgent: SYSTEMS.phone });
  for (const other of [firefox, phone]) {
    await other.goto('/installation/projects');
    await settled(other);
  }
  await page.goto('/account');
  await settled(page);
  await page.getByText('this browser', { exact: true }).waitFor();
  const end = page.getByRole('button', { name: 'Sign out Firefox on Windows' });
  // What the server does not do is not shown as done.
  const refuse = (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ status: 500, code: 'internal', detail: 'It did not work.' }) });
  await page.route('**/v1/sessions/*', refuse);
  await end.click();
  await said(page, 'It did not work.').waitFor();
  await end.waitFor();
  await page.unroute('**/v1/sessions/*', refuse);
  await end.click();
  await said(page, 'Firefox on Windows is signed out.').waitFor();
  await end.waitFor({ state: 'detached' });
  await firefox.getByRole('link', { name: 'Operators' }).click();
  await ended(firefox).waitFor();
  assert.equal((await asked(page, 'GET', '/v1/sessions')).data.length, 2);

  await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
  const ask = page.getByRole('alertdialog', { name: 'Sign out everywhere else?' });
  await ask.getByText('1 session ends at once.').waitFor();
  await ask.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await said(page, '1 session has ended.').waitFor();
  assert.deepEqual((await asked(page, 'GET', '/v1/sessions')).data.map(({ current }) => current), [true]);
  await phone.getByRole('link', { name: 'Operators' }).click();
  await ended(phone).waitFor();
});

test('the theme stays over a reload, holds in every tab, and follows the system when told to', async (t) => {
  const page = await openWindow(t, world, { theme: 'light' });
  const is = (tab, theme) => tab.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
  await page.goto('/account');
  await settled(page);
  await is(page, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await is(page, 'dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await is(page, 'light');
  const tab = await page.context().newPage();
  await tab.goto('/account');
  await is(tab, 'light');
  await page.getByRole('radio', { name: 'Dark' }).check();
  await is(page, 'dark');
  await is(tab, 'dark');
  await page.reload();
  await is(page, 'dark');
  await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor();
  // The menu of the account has the same choice.
  await page.getByRole('button', { name: /Account of/ }).click();
  await page.getByRole('menuitem', { name: 'As the system' }).click();
  await is(page, 'light');
  await page.getByRole('radio', { name: 'As the system', checked: true }).waitFor();
  await page.emulateMedia({ colorScheme: 'dark' });
  await is(page, 'dark');
});

test('what is seen of a control is part of what is said of it', async (t) => {
  const page = await openWindow(t, world);
  await page.goto('/p/cardvault');
  await heading(page).waitFor();
  await settled(page);
  await page.getByRole('button', { name: /^Account of .*ada@example\.com$/ }).waitFor();
  await page.getByRole('button', { name: /^Project: CardVault ?\. Change project$/ }).waitFor();
  await accessible(page);
});
