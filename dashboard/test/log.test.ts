import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changesOf, differencesOf, valueText } from '../src/capabilities/log/diff.ts';
import { actionsOf, dateIn, toggled } from '../src/capabilities/log/filters.ts';
import { kindOf } from '../src/capabilities/log/objects.ts';
import { type AuditEntry, countOf, knownActions, moreOf, piecesOf, sentenceText } from '../src/capabilities/log/sentences.ts';
import { timeOf } from '../src/capabilities/log/source.ts';
import { newerThan } from '../src/capabilities/log/tail.ts';

type Named = Pick<AuditEntry, 'action' | 'tenant_id' | 'target'>;
const entry = (action: string, more: Partial<Named> = {}): Named => ({ action, tenant_id: null, target: { kind: 'tenant', id: 'ten_1' }, ...more });
const names = { actor: 'Ada', target: 'Acme', tenant: 'Northwind' };

const events = [...readFileSync(join(import.meta.dirname, '../../docs/reference/events.md'), 'utf8').matchAll(/^\| `([a-z_]+\.[a-z_]+)` \|/gm)].map(([, type]) => type ?? '');

describe('sentences', () => {
  it('are there for every type of event, each its own', () => {
    expect(events.length).toBeGreaterThan(60);
    const told = events.map((type) => sentenceText(entry(type, { tenant_id: 'ten_2' }), names));
    // What is not told of falls back to the type's own words: then it wants a sentence.
    expect(events.filter((type, index) => told[index] === `Ada: ${type.replace('.', ' ').replaceAll('_', ' ')} Acme`)).toEqual([]);
    expect(new Set(told).size).toBe(events.length);
    for (const text of told) {
      expect(text).toMatch(/^[A-Z]/);
      expect(text).not.toMatch(/[{}[\]<>]/);
    }
  });

  it('tell of nothing that the server does not do', () => {
    const known = [...knownActions('project'), ...knownActions('installation')].flatMap(({ actions }) => actions);
    expect(new Set(known)).toEqual(new Set(events));
  });

  it('name the tenant where it is another thing than the target', () => {
    expect(sentenceText(entry('key.created', { tenant_id: 'ten_2' }), names)).toBe('Ada created the API key Acme for Northwind');
    expect(sentenceText(entry('key.created'), names)).toBe('Ada created the API key Acme');
    expect(sentenceText(entry('tenant.suspended', { tenant_id: 'ten_1' }), names)).toBe('Ada suspended Acme');
  });

  it('do not name what the page is of', () => {
    const words = (self: string) => piecesOf(entry('role.updated', { tenant_id: 'ten_2', target: { kind: 'role', id: 'rol_1' } }), self).map((piece) => (typeof piece === 'string' ? piece : `{${piece.slot}}`)).join('');
    expect(words('ten_2')).toBe('{actor} changed the role {target}');
    expect(words('rol_1')).toBe('{actor} changed {target} in {tenant}');
  });

  it('say whether the kind of the target is told', () => {
    const target = (action: string) => piecesOf(entry(action)).find((piece) => typeof piece !== 'string' && piece.slot === 'target');
    expect(target('key.revoked')).toEqual({ slot: 'target', told: true });
    expect(target('tenant.created')).toEqual({ slot: 'target', told: false });
  });

  it('of types that are not known use their own words', () => {
    expect(sentenceText(entry('spare_part.sent_back'), names)).toBe('Ada: spare part sent back Acme');
  });
});

describe('what a line has room for besides', () => {
  it('is which members changed, the first few', () => {
    expect(moreOf({ changes: { plan: {}, external_id: {} }, details: null } as never)).toBe('plan, external id');
    expect(moreOf({ changes: { a: {}, b: {}, c: {}, d: {} }, details: null } as never)).toBe('a, b, c, …');
  });

  it('is what was refused', () => {
    expect(moreOf({ changes: null, details: { permission: 'key:create', count: 3 } } as never)).toBe('key:create');
    expect(moreOf({ changes: null, details: { code: 'ip_not_allowed' } } as never)).toBe('ip not allowed');
    expect(moreOf({ changes: {}, details: null } as never)).toBeUndefined();
  });

  it('is how often', () => {
    expect(countOf({ details: { count: 7 } } as never)).toBe(7);
    expect(countOf({ details: { count: 'many' } } as never)).toBe(1);
    expect(countOf({ details: null } as never)).toBe(1);
  });
});

describe('differences', () => {
  it('go down to the members that differ', () => {
    expect(differencesOf('', { a: 1, b: { c: 2, d: 3 } }, { a: 1, b: { c: 2, d: 4 } })).toEqual([{ path: 'b.d', kind: 'changed', before: 3, after: 4 }]);
  });

  it('tell what came, went and changed', () => {
    const found = differencesOf('settings', { gone: 'x', same: null, on: false }, { came: 0, same: null, on: true });
    expect(found.map(({ path, kind }) => [path, kind])).toEqual([
      ['settings.gone', 'removed'],
      ['settings.on', 'changed'],
      ['settings.came', 'added'],
    ]);
  });

  it('take nothing and what is not there for the same', () => {
    expect(differencesOf('plan', null, 'pro')[0]?.kind).toBe('added');
    expect(differencesOf('plan', 'pro', undefined)[0]?.kind).toBe('removed');
  });

  it('have lists, and what changes its shape, as a whole', () => {
    expect(differencesOf('scopes', ['a', 'b'], ['b', 'a'])).toEqual([{ path: 'scopes', kind: 'changed', before: ['a', 'b'], after: ['b', 'a'] }]);
    expect(differencesOf('limit', { a: 1 }, 5)).toHaveLength(1);
    expect(differencesOf('scopes', [], [])).toEqual([]);
  });

  it('are read from an entry, whatever stands there', () => {
    expect(changesOf({ name: { before: 'Acme', after: 'Acme Inc' }, odd: 5 })).toEqual([{ path: 'name', kind: 'changed', before: 'Acme', after: 'Acme Inc' }]);
    for (const nothing of [null, undefined, [], 'text', 3]) expect(changesOf(nothing)).toEqual([]);
  });

  it('are written as people read them', () => {
    expect([valueText('a "b"'), valueText(false), valueText(0), valueText(null), valueText([])]).toEqual(['a "b"', 'false', '0', '', '[]']);
    expect(valueText({ a: 1 })).toBe('{\n  "a": 1\n}');
  });
});

describe('the filter by action', () => {
  it('takes one more, or one less', () => {
    expect(toggled('', 'key.created')).toBe('key.created');
    expect(toggled('key.created', 'tenant.created')).toBe('key.created,tenant.created');
    expect(toggled('key.created,tenant.created', 'key.created')).toBe('tenant.created');
    expect(actionsOf('')).toEqual([]);
  });

  it('has a noun as a whole or in parts, not both', () => {
    expect(toggled('key.created,key.revoked,tenant.created', 'key.*')).toBe('tenant.created,key.*');
    expect(toggled('key.*', 'key.*')).toBe('');
    expect(toggled('key.*', 'key.created')).toBe('key.created');
    expect(toggled('key.created', 'key_ring.*')).toBe('key.created,key_ring.*');
  });
});

describe('the filter by time', () => {
  it('takes dates, and drops what is none', () => {
    expect(dateIn('2026-05-01T10:00:00.000Z')).toBe('2026-05-01T10:00:00.000Z');
    for (const text of ['', 'x', '2026-13-45']) expect(dateIn(text)).toBe('');
  });
});

describe('ids', () => {
  it('tell when they were made', () => {
    // 48 bits of milliseconds lead a UUID of version 7, written in base 32.
    const at = Date.UTC(2026, 10, 26, 19, 34, 31, 311);
    const digits = '0123456789abcdefghjkmnpqrstvwxyz';
    const head = Array.from({ length: 10 }, (_, place) => digits[Math.floor(at / 32 ** (9 - place)) % 32]).join('');
    expect(timeOf(`evt_${head}0123456789abcdef`)).toBe(at);
  });

  it('that are none tell nothing', () => {
    for (const text of ['', 'evt_', 'evt_short', 'evt_!!!!!!!!!!', 'evt_ilou000000']) expect(timeOf(text)).toBeUndefined();
  });

  it('tell their kind', () => {
    expect([kindOf('ten_1'), kindOf('ep_1'), kindOf('foo_1'), kindOf('plain')]).toEqual(['tenant', 'webhook_endpoint', '', '']);
  });
});

describe('the tail', () => {
  const at = (position: string) => ({ position }) as AuditEntry;

  it('takes what is newer, by number and not by letters', () => {
    expect(newerThan([at('101'), at('100'), at('99')], '99').map((one) => one.position)).toEqual(['101', '100']);
    expect(newerThan([at('9007199254740993')], '9007199254740992')).toHaveLength(1);
  });

  it('takes all where there was nothing', () => {
    expect(newerThan([at('2'), at('1')], undefined)).toHaveLength(2);
    expect(newerThan([], '5')).toEqual([]);
  });
});
