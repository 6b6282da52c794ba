// The door: the first start, signing in and out, passwords that were forgotten, single sign-on.

import assert from 'node:assert/strict';
import test from 'node:test';
import { freeUrl, startCarcosa } from '../../tests/interop/support/carcosa.js';
import { dashboard, heading, openWindow, refused, settled } from './support/browser.js';
import { as, asked, at, giveTotp, makeOperator, PASSWORD, startFresh, startPost, totp } from './support/door.js';

const world = dashboard({ seed: (server) => server.call('POST', '/v1/tenants', { name: 'Acme' }, 201) });

const signInButton = (page) => page.getByRole('button', { name: 'Sign in' });

async function fillIn(page, { email, password }) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await signInButton(page).click();
}

test('whoever has the link of the first start makes the first operator and project, once', async (t) => {
  const fresh = at(world, await startFresh(world.lasting));
  const options = { signedIn: false, expected: [401, 403] };
  const page = await openWindow(t, fresh, options);
  await page.goto('/sign-in');
  await page.getByText('Nobody has set up this installation yet.').waitFor();
  await page.goto('/setup');
  await heading(page, 'Open the link from the server’s output').waitFor();
  await page.goto('about:blank');
  await page.goto('/setup#cst_setup_wrong');
  await heading(page, 'Set up Carcosa').waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the token does not stay in the address');
  const begin = page.getByRole('button', { name: 'Set up and go to the project' });
  await page.getByLabel('Your name').fill('Ada');
  await page.getByLabel('E-mail address').fill('ada@first.example');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await begin.click();
  await page.getByText('Not all of this is met yet.').waitFor();
  await refused(page);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Name of the project').fill('Card Vault');
  await page.getByRole('radio', { name: 'Test' }).check();
  await begin.click();
  await page.getByText('This link is not the one that the server printed last.').waitFor();
  // The right link, in the same tab: what was entered stays.
  await page.goto(fresh.server.setupLink);
  await begin.click();
  await page.waitForURL(/\/p\/card-vault$/);
  await heading(page).waitFor();
  const session = await asked(page, 'GET', '/v1/session');
  assert.deepEqual([session.operator.email, session.operator.name, session.operator.platform_role], ['ada@first.example', 'Ada', 'super_admin']);
  const { data: projects } = await asked(page, 'GET', '/v1/projects');
  assert.deepEqual(projects.map(({ name, environment }) => [name, environment]), [['Card Vault', 'test']]);

  const second = await openWindow(t, fresh, options);
  await second.goto(fresh.server.setupLink);
  await heading(second, 'Carcosa is set up').waitFor();
  assert.equal(await second.getByRole('textbox').count(), 0);
  await second.getByRole('link', { name: 'Sign in' }).click();
  await fillIn(second, { email: 'ada@first.example', password: PASSWORD });
  await second.waitForURL(/\/p\/card-vault$/);
});

test('a wrong password is said, and the address stays', async (t) => {
  const page = await openWindow(t, world, { signedIn: false, expected: [401] });
  const { email, password } = world.server.operator;
  await page.goto('/sign-in');
  await fillIn(page, { email, password: 'not this one, surely' });
  await page.getByText('The e-mail address, the password or the code is wrong.').waitFor();
  assert.equal(await page.getByLabel('E-mail address').inputValue(), email);
  assert.match(page.url(), /\/sign-in$/);
  await fillIn(page, { email, password });
  await page.waitForURL(/\/p\/cardvault$/);
});

test('the second factor is asked for after the password: a code, or a recovery code, each once', async (t) => {
  const operator = await makeOperator(t, world);
  const { secret, codes } = await giveTotp(await openWindow(t, as(world, operator)));
  const page = await openWindow(t, world, { signedIn: false, expected: [401] });
  await page.goto('/sign-in');
  await fillIn(page, operator);
  await page.getByText('The password is right. Now the second factor.').waitFor();
  const code = page.getByLabel('Code of your authenticator app');
  assert.ok(await code.evaluate((field) => field === document.activeElement), 'one goes on typing');
  const right = totp(secret, 1);
  await code.fill(right === '000000' ? '000001' : '000000');
  await signInButton(page).click();
  await page.getByText('The e-mail address, the password or the code is wrong.').waitFor();
  await code.fill(`${right.slice(0, 3)} ${right.slice(3)}`);
  await signInButton(page).click();
  await page.waitForURL(/\/p\/cardvault$/);
  assert.equal((await asked(page, 'GET', '/v1/session')).mfa, true);

  // Another browser, without the phone.
  const other = await openWindow(t, world, { signedIn: false, expected: [401] });
  for (const taken of [true, false]) {
    await other.context().clearCookies();
    await other.goto('/sign-in');
    await fillIn(other, operator);
    await other.getByRole('button', { name: 'Use a recovery code' }).click();
    await other.getByLabel('Recovery code').fill(` ${codes[3]} `);
    await signInButton(other).click();
    if (taken) await other.waitForURL(/\/p\/cardvault$/);
    else await other.getByText('The e-mail address, the password or the code is wrong.').waitFor();
    if (taken) assert.equal((await asked(other, 'GET', '/v1/session')).recovery_codes_left, 9);
  }
});

test('a link to a page is kept through signing in', async (t) => {
  const page = await openWindow(t, world, { signedIn: false, expected: [401] });
  await page.goto('/p/cardvault/tenants?q=acme');
  await heading(page, 'Sign in').waitFor();
  await fillIn(page, world.server.operator);
  await page.waitForURL(/\/p\/cardvault\/tenants\?q=acme$/);
  await page.getByRole('link', { name: 'Acme' }).waitFor();
});

test('signing in leads to no other server', async (t) => {
  const page = await openWindow(t, world, { signedIn: false, expected: [401] });
  const led = [];
  await page.context().route(/^https?:\/\/evil\.example/, (route) => {
    led.push(route.request().url());
    return route.fulfill({ body: 'gotcha' });
  });
  for (const to of ['https://evil.example/', '//evil.example/', '/\\evil.example/', '/.//evil.example/', 'javascript:location.assign("https://evil.example")']) {
    await page.context().clearCookies();
    await page.goto(`/sign-in?to=${encodeURIComponent(to)}`);
    const entered = page.waitForResponse((response) => response.request().method() === 'POST' && response.ok());
    await fillIn(page, world.server.operator);
    await entered;
    // Wherever it leads, there is a page of ours.
    await page.waitForURL((url) => url.pathname !== '/sign-in');
    await page.getByRole('button', { name: /Account of/ }).waitFor();
    assert.equal(new URL(page.url()).origin, world.server.url, to);
  }
  assert.deepEqual(led, []);
});

test('after signing out nothing can be read, not with the back button either', async (t) => {
  const page = await openWindow(t, world, { expected: [401] });
  await page.goto('/p/cardvault');
  await settled(page);
  await page.getByRole('link', { name: 'Tenants', exact: true }).click();
  await page.getByRole('link', { name: 'Acme' }).waitFor();
  const before = await page.context().cookies();
  await page.getByRole('button', { name: /Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in').waitFor();
  await page.goBack();
  await page.waitForURL(/\/sign-in/);
  await heading(page, 'Sign in').waitFor();
  assert.doesNotMatch(await page.locator('body').innerText(), /Acme|CardVault/);
  // The session is over for whoever copied its cookie, too.
  await page.context().addCookies(before);
  assert.equal((await page.context().request.get('/v1/session')).status(), 401);
});

test('a provider of single sign-on that does not answer leads back to the page, with a sentence', async (t) => {
  const settings = { OIDC_ISSUER: await freeUrl(), OIDC_CLIENT_ID: 'carcosa', OIDC_NAME: 'Works at Acme' };
  const place = at(world, await startCarcosa(world.lasting, settings));
  const page = await openWindow(t, place, { signedIn: false });
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Works at Acme' }).click();
  await page.getByText('The provider of single sign-on does not answer. Try again, or use your password.').waitFor();
  await fillIn(page, place.server.operator);
  await page.waitForURL(/\/p\/cardvault$/);
});

test('whoever guesses is told to wait', { timeout: 60_000 }, async (t) => {
  const { email } = await makeOperator(t, world);
  const page = await openWindow(t, world, { signedIn: false, expected: [401, 429] });
  await page.goto('/sign-in');
  const wrong = page.getByText('The e-mail address, the password or the code is wrong.');
  const wait = page.getByText(/Too many attempts; try again in \d+ s\./);
  // Short waits are waited for by the page itself.
  for (let tries = 0; tries < 12 && !(await wait.isVisible()); tries += 1) {
    const answered = page.waitForResponse((response) => response.request().method() === 'POST' && (response.status() === 401 || Number(response.headers()['retry-after']) > 5), { timeout: 20_000 });
    await fillIn(page, { email, password: `guess number ${tries}` });
    await answered;
    await wrong.or(wait).waitFor();
    await signInButton(page).and(page.locator(':enabled')).waitFor();
  }
  assert.ok(await wait.isVisible());
  assert.equal(await page.getByLabel('E-mail address').inputValue(), email);
});

test('a forgotten password: a link by mail, which works once; the new password works, the former does not', async (t) => {
  const post = await startPost(world.lasting);
  const place = at(world, await startCarcosa(world.lasting, post.settings));
  const { email, password } = place.server.operator;
  const elsewhere = await openWindow(t, place, { expected: [401] });
  await elsewhere.goto('/p/cardvault');
  await settled(elsewhere);
  const page = await openWindow(t, place, { signedIn: false, expected: [401, 410] });
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByText('Needed.').waitFor();
  await refused(page);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await heading(page, 'Look into your mail').waitFor();
  const link = await post.link();
  assert.ok(link.startsWith(`${place.server.url}/password-reset#`), link);
  await page.goto(link);
  await heading(page, 'Choose a new password').waitFor();
  assert.equal(new URL(page.url()).hash, '');
  await page.getByRole('textbox', { name: 'New password' }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Change password' }).click();
  await heading(page, 'Your password is changed').waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await fillIn(page, { email, password });
  await page.getByText('The e-mail address, the password or the code is wrong.').waitFor();
  await fillIn(page, { email, password: PASSWORD });
  await page.waitForURL(/\/p\/cardvault$/);
  // Sessions of before have ended, and a page that is open says so by itself.
  await elsewhere.getByRole('dialog', { name: 'Your session has ended' }).waitFor();

  const again = await openWindow(t, place, { signedIn: false, expected: [410] });
  await again.goto(link);
  await again.getByRole('textbox', { name: 'New password' }).fill('another horse eats hay');
  await again.getByRole('button', { name: 'Change password' }).click();
  await again.getByText('That link does not work any more').waitFor();
  await again.getByRole('button', { name: 'Send the link' }).waitFor();
});
