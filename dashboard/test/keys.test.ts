import { describe, expect, it } from 'vitest';
import { creditsToSend, expiryToSend, limitToSend, limitsOf, refillToSend } from '../src/capabilities/keys/limits.tsx';
import { type ApiKey, type KeyUsage, gives, maskOf, nounOf, rateText, scopesText, stateOf, totals } from '../src/capabilities/keys/model.ts';
import { allows, heldBy, scopesOf } from '../src/capabilities/keys/scopes.tsx';
import { snippetsOf } from '../src/capabilities/keys/snippets.ts';
import { digits } from '../src/ui/count-field.tsx';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY = 86_400_000;
const at = (days: number) => new Date(NOW + days * DAY).toISOString();
const key = (changes: Partial<ApiKey> = {}) => ({ enabled: true, expires_at: null, revoked_at: null, ...changes }) as ApiKey;
const permission = (name: string, mutates = false, held_in = 'tenant', built_in = true) => ({ object: 'permission' as const, name, description: '', held_in, mutates, built_in });
const registry = [
  permission('tenant:read'),
  permission('tenant:update', true),
  permission('role:update', true),
  permission('key:verify'),
  permission('project:read', false, 'project'),
  permission('card:grade', true, 'tenant', false),
];

describe('the state of a key', () => {
  const word = (changes: Partial<ApiKey>) => stateOf(key(changes), NOW).state;

  it('is what a filter of the server finds it by', () => {
    expect(word({})).toBe('active');
    expect(word({ enabled: false })).toBe('disabled');
    expect(word({ expires_at: at(-1) })).toBe('expired');
    expect(word({ expires_at: at(0) })).toBe('expired');
    expect(word({ enabled: false, expires_at: at(-1) })).toBe('disabled');
    expect(word({ enabled: false, expires_at: at(-1), revoked_at: at(-2) })).toBe('revoked');
  });

  it('warns for the last fourteen days', () => {
    expect(stateOf(key({ expires_at: at(13.9) }), NOW)).toMatchObject({ state: 'active', tone: 'warn' });
    expect(stateOf(key({ expires_at: at(14) }), NOW)).toMatchObject({ state: 'active', tone: 'good' });
  });
});

describe('scopes of keys', () => {
  it('give what they name, and what their noun has', () => {
    expect([gives('*', 'key:verify'), gives('key:*', 'key:verify'), gives('key:verify', 'key:verify')]).toEqual([true, true, true]);
    expect([gives('key:read', 'key:verify'), gives('key:*', 'keyring:read'), gives('ke', 'key:read')]).toEqual([false, false, false]);
    expect(nounOf('webhook_endpoint:read')).toBe('webhook_endpoint');
  });

  it('come from presets', () => {
    expect(scopesOf('full', ['tenant:read'], registry)).toEqual(['*']);
    expect(scopesOf('verify', ['tenant:read'], registry)).toEqual(['key:verify']);
    expect(scopesOf('custom', ['tenant:read'], registry)).toEqual(['tenant:read']);
    expect(scopesOf('read', [], registry)).toEqual(['tenant:read', 'project:read']);
    expect(scopesOf('read', [], heldBy(registry, true))).toEqual(['tenant:read']);
  });

  it('are said in a sentence', () => {
    expect(allows(['*'], registry)).toBe('It may do everything a key here can.');
    expect(allows([], registry)).toBe('Choose at least one permission.');
    expect(allows(['tenant:read', 'project:read'], registry)).toBe('Reads tenant, project. Changes nothing.');
    expect(allows(['tenant:update'], registry)).toBe('Changes tenant.');
    expect(allows(['tenant:*', 'role:update'], registry)).toBe('Changes tenant, role. Reads tenant.');
    expect(allows(['card:*'], registry)).toBe('Changes card. 1 permission of your application.');
  });

  it('fit into a cell', () => {
    expect(scopesText(['tenant:read', '*'])).toBe('Everything');
    expect(scopesText([])).toBe('Nothing');
    expect(scopesText(['a:b', 'c:d'])).toBe('a:b, c:d');
    expect(scopesText(['a:b', 'c:d', 'e:f', 'g:h'])).toBe('a:b, c:d +2');
  });
});

describe('limits of keys', () => {
  it('end when they were said to end, however often it is sent', () => {
    expect(expiryToSend('never', at(1), NOW)).toBeNull();
    expect(expiryToSend('30', '', NOW)).toBe('2026-03-31T12:00:00.000Z');
    expect(expiryToSend('date', at(1), NOW)).toBe(at(1));
    expect(expiryToSend('date', '', NOW)).toBeNull();
  });

  it('are numbers, or none', () => {
    expect(limitToSend({ limit: '', period: '60', burst: '5' })).toBeNull();
    expect(limitToSend({ limit: '100', period: '3600', burst: '' })).toEqual({ limit: 100, period_seconds: 3600 });
    expect(limitToSend({ limit: '100', period: '1', burst: '20' })).toEqual({ limit: 100, period_seconds: 1, burst: 20 });
    expect(limitsOf()).toEqual({ limit: '', period: '60', burst: '' });
    expect(limitsOf(key({ rate_limit: { limit: 7, period_seconds: 90 } }))).toEqual({ limit: '7', period: '90', burst: '' });
    expect(creditsToSend({ credits: '', refill: 'day', amount: '5' })).toBeNull();
    expect(creditsToSend({ credits: '10', refill: 'day', amount: '' })).toEqual({ remaining: 10, refill: { every: 'day', amount: 10 } });
    expect(refillToSend({ refill: 'none', amount: '5', credits: '1' })).toBeNull();
    expect(digits(' 1.000x')).toBe('1000');
  });

  it('are said per period', () => {
    expect([rateText('100', 60), rateText('5', 86_400), rateText('5', 90)]).toEqual(['100 per minute', '5 per day', '5 per 90 seconds']);
  });
});

it('the use of a key is summed over hours and decisions', () => {
  const buckets: KeyUsage['buckets'] = [
    { start: at(0), valid: 2, refused: { expired: 1, disabled: 2 } },
    { start: at(1), valid: 3, refused: {} },
  ];
  expect(totals({ buckets })).toEqual({ valid: 5, refused: 3 });
});

it('a secret is masked, and stands in the environment of the code that uses it', () => {
  expect(maskOf({ prefix: 'ck_live_', last4: 'x7Qz' })).toBe('ck_live_…x7Qz');
  const [curl, node] = snippetsOf('ck_live_secret');
  expect(curl?.text).toContain("export CARCOSA_KEY='ck_live_secret'");
  expect(node?.text).not.toContain('ck_live_secret');
});
