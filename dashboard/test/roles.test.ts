import { describe, expect, it } from 'vitest';
import { isIp, isNetwork } from '../src/capabilities/access/address.ts';
import { curl } from '../src/capabilities/access/page.tsx';
import { parseAddresses, parts } from '../src/capabilities/invitations/addresses.ts';
import { acceptLink } from '../src/capabilities/invitations/link.ts';
import { conditionSentence, conditionWords, offsetName } from '../src/capabilities/roles/conditions.ts';
import { conditionsOf, offsets, valuesOf } from '../src/capabilities/roles/conditions-form.ts';
import { keyOf } from '../src/capabilities/roles/create.tsx';
import { difference, heldBy, isSame, lines, matching, toggled } from '../src/capabilities/roles/scopes.ts';

const permission = (name: string, description = '') => ({
  object: 'permission' as const,
  name,
  description,
  held_in: 'tenant',
  mutates: false,
  built_in: true,
});
const registry = [permission('key:read', 'Read keys.'), permission('key:create'), permission('card:read', 'See cards.')];

describe('scopes of roles', () => {
  const all = lines(registry);
  const line = (scope: string) => all.find((one) => one.scope === scope) ?? expect.fail(scope);

  it('stand noun by noun, below their wildcards', () => {
    expect(all.map((one) => one.scope)).toEqual(['*', 'key:*', 'key:read', 'key:create', 'card:*', 'card:read']);
  });

  it('are held themselves, by a wildcard, in part, or not', () => {
    const held = (...scopes: string[]) => ['*', 'key:*', 'key:read', 'card:*'].map((scope) => heldBy(new Set(scopes), line(scope)));
    expect(held('key:read')).toEqual(['no', 'some', 'own', 'no']);
    expect(held('key:*')).toEqual(['no', 'own', 'covered', 'no']);
    expect(held('key:*', 'key:read')).toEqual(['no', 'own', 'covered', 'no']);
    expect(held('*', 'key:read')).toEqual(['own', 'covered', 'covered', 'covered']);
  });

  it('come back when a wildcard is given and taken again', () => {
    const before = new Set(['key:read']);
    const after = toggled(toggled(before, 'key:*'), 'key:*');
    expect(isSame(difference(before, after))).toBe(true);
    expect(difference(before, toggled(before, 'key:read'))).toEqual({ added: [], removed: ['key:read'] });
  });

  it('are found by name and description, with their noun', () => {
    expect(matching(all, 'see CARDS').map((one) => one.scope)).toEqual(['card:*', 'card:read']);
    expect(matching(all, 'nothing')).toEqual([]);
    expect(matching(all, ' ')).toHaveLength(all.length);
  });
});

describe('conditions', () => {
  it('go through the form unchanged', () => {
    const conditions = {
      mfa: false,
      plans: ['pro'],
      addresses: ['10.0.0.0/8'],
      hours: { from: '22:00', to: '06:00', days: [5, 6], utc_offset_minutes: 345 },
      not_before: '2027-01-01T00:00:00Z',
    };
    expect(conditionsOf(valuesOf(conditions))).toEqual(conditions);
    expect(conditionsOf(valuesOf(null))).toBeNull();
    expect(offsets(345)).toContain(345);
  });

  it('are said in words', () => {
    expect(conditionSentence(null)).toBe('This role always gives its permissions.');
    const hours = { from: '09:00', to: '17:30', days: [1, 2, 3, 4, 5], utc_offset_minutes: 120 };
    expect(conditionSentence({ plans: ['pro', 'team'], hours })).toBe(
      'This role gives its permissions only in tenants on pro or team and on Mon–Fri from 09:00 until 17:30 (UTC+02:00).',
    );
    expect(conditionSentence({ mfa: true })).toContain('second factor');
    expect(conditionWords({ mfa: true, hours })).toEqual(['second factor', 'Mon–Fri 09:00–17:30 (UTC+02:00)']);
    expect(offsetName(-210)).toBe('UTC−03:30');
  });
});

describe('addresses', () => {
  it('are taken from what was pasted: each once, the strange ones named', () => {
    const found = parseAddresses('Ada Lovelace <ada@example.com>; bob@example.com BOB@example.com\nnobody, x@y');
    expect(found).toEqual({ good: ['ada@example.com', 'bob@example.com'], bad: ['nobody', 'x@y'], repeated: 1 });
    expect(parts(['a', 'b', 'c'], 2)).toEqual([['a', 'b'], ['c']]);
  });

  it('of machines are told from half of one', () => {
    for (const good of ['203.0.113.7', '2001:db8::1', '::']) expect(isIp(good), good).toBe(true);
    for (const bad of ['203.0.113', '300.1.1.1', 'a', '']) expect(isIp(bad), bad).toBe(false);
    for (const good of ['10.0.0.0/8', '10.0.0.1', '2001:db8::/32']) expect(isNetwork(good), good).toBe(true);
    for (const bad of ['10.0.0.0/33', '10.0.0.0/', 'x/8', '10.0.0.0/8/8']) expect(isNetwork(bad), bad).toBe(false);
  });
});

it('puts the token into the page’s address before the fragment', () => {
  expect(acceptLink('https://app.example/join', 'inv_1')).toBe('https://app.example/join?token=inv_1');
  expect(acceptLink('https://app.example/join?a=1#top', 'inv_1')).toBe('https://app.example/join?a=1&token=inv_1#top');
});

it('makes keys of names', () => {
  expect(keyOf('Équipe de Nuit 2')).toBe('equipe_de_nuit_2');
  expect(keyOf('3rd line')).toBe('rd_line');
});

it('quotes what stands in a shell', () => {
  const text = curl('https://c.example', { user: "ext:o'neil", tenant: 'slug:acme', permission: 'key:read' });
  expect(text).toContain(`ext:o'\\''neil`);
  expect(text).toContain('$CARCOSA_KEY');
});
