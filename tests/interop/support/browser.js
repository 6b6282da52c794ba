// As much of a browser as signing in needs: cookies, redirects, forms.

import assert from 'node:assert/strict';
import { send } from './carcosa.js';

const MAX_REDIRECTS = 20;

export class Browser {
  #cookies = new Map();

  // One request; redirects are not followed.
  async request(url, init = {}) {
    const target = new URL(url);
    const response = await fetch(target, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: this.#cookiesFor(target) },
    });
    response.headers.getSetCookie().forEach((line) => this.#keep(target, line));
    return response;
  }

  // Opens a page as one that typed the address would see it, after all redirects.
  async open(url, init = {}) {
    const way = [];
    for (let next = { url, init }; way.length < MAX_REDIRECTS; ) {
      const response = await this.request(next.url, next.init);
      way.push(String(next.url));
      const location = response.headers.get('location');
      if (location === null) return { url: new URL(next.url), status: response.status, text: await response.text(), way };
      // What a browser does after 302 and 303: the next request has no body.
      next = { url: new URL(location, next.url), init: {} };
    }
    return assert.fail(`redirects without end: ${way.join(' -> ')}`);
  }

  // Sends the page's form with these fields filled in.
  submit(page, fields = {}) {
    const action = /<form[^>]*\baction="([^"]+)"/.exec(page.text)?.[1];
    assert.ok(action, `there is no form at ${page.url} (${page.status}): ${page.text}`);
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
    const body = new URLSearchParams([...hidden.map(([, name, value]) => [name, value]), ...Object.entries(fields)]);
    return this.open(new URL(action, page.url), { method: 'POST', body });
  }

  // The value of a cookie, if the browser has it.
  cookie(name) {
    return [...this.#cookies.values()].find((cookie) => cookie.name === name)?.value;
  }

  // A browser that has copies of all cookies: of one who stole them, or before something was used up.
  copy() {
    const copy = new Browser();
    copy.#cookies = new Map(this.#cookies);
    return copy;
  }

  // Cookies are of a host, whatever the port (RFC 6265, section 8.5): provider and server see each other's here.
  #cookiesFor({ hostname, pathname }) {
    const fits = ({ host, path }) =>
      host === hostname && (pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`));
    const found = [...this.#cookies.values()].filter(fits);
    return found.map(({ name, value }) => `${name}=${value}`).join('; ');
  }

  #keep({ hostname }, line) {
    const [pair, ...rest] = line.split(';').map((part) => part.trim());
    const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const attributes = Object.fromEntries(rest.map((part) => part.split('=')).map(([key, text]) => [key.toLowerCase(), text]));
    const path = attributes.path ?? '/';
    const ends = attributes['max-age'] === undefined ? Date.parse(attributes.expires) : Number(attributes['max-age']);
    const over = attributes['max-age'] === undefined ? ends <= Date.now() : ends <= 0;
    const key = `${hostname} ${path} ${name}`;
    if (over) this.#cookies.delete(key);
    else this.#cookies.set(key, { host: hostname, path, name, value });
  }
}

// An operator at the server's pages: a browser, and the token that shows that a request is meant.
export class OperatorSession {
  constructor(server, browser = new Browser()) {
    Object.assign(this, { server, browser, csrf: undefined });
  }

  // Signs in with the operator's password and whatever else is given.
  async signIn(status, fields = {}) {
    const { email, password } = this.server.operator;
    return this.call('POST', '/v1/session', { email, password, ...fields }, status);
  }

  async call(method, path, body, status) {
    const headers = { 'x-carcosa-project': this.server.project.slug };
    if (method !== 'GET' && this.csrf) headers['x-csrf-token'] = this.csrf;
    const by = (url, init) => this.browser.request(url, init);
    const answer = await send(by, this.server.url + path, method, headers, body);
    const found = await this.server.check(answer, status, `${method} ${path}`);
    // It changes whenever the cookie does.
    this.csrf = found?.csrf_token ?? found?.session?.csrf_token ?? this.csrf;
    return found;
  }
}
