import { describe, expect, it } from 'vitest';
import { inside } from '../src/capabilities/operators/sign-in.tsx';

describe('where signing in leads', () => {
  it.each(['/', '/p/cardvault/tenants?q=acme&status=active', '/account', '/p/caf%C3%A9'])('to the page that was asked for: %s', (to) => {
    expect(inside(to)).toBe(to);
  });
  it('to an address of this server in full', () => {
    expect(inside(`${globalThis.location.origin}/account`)).toBe('/account');
  });
  it.each([
    'https://evil.example/',
    'https://localhost.evil.example/p/cardvault',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example/',
    '/.//evil.example/',
    '/p/..//evil.example/',
    '\t//evil.example/',
    'javascript:alert(1)',
    'data:text/html,hello',
    'http://[',
    '/sign-in?to=/sign-in',
  ])('never to %j', (to) => {
    expect(inside(to)).toBe('/');
  });
});
