import { describe, expect, it } from 'vitest';
import { csv, inTurn, reasons, sort } from '../src/capabilities/tenants/bulk.ts';
import { checkBranding, checkPlan, checkTenant } from '../src/capabilities/tenants/check.ts';
import { consequences, restorableUntil } from '../src/capabilities/tenants/consequences.ts';
import { TRANSITIONS, offered, since } from '../src/capabilities/tenants/lifecycle.ts';
import { mergePatch } from '../src/api/merge-patch.ts';
import { blankValues, brandingOf, newTenant, tenantPatch, valuesOf } from '../src/capabilities/tenants/patch.ts';
import { type Policy, policyPatch, policyValues, secondsOf, shutsOut } from '../src/capabilities/tenants/policy.ts';
import type { Tenant } from '../src/capabilities/tenants/tenant.tsx';
import { compact, read, removed, renamed, same, saved, storeName } from '../src/capabilities/tenants/views.ts';

const tenant = (changes: Partial<Tenant> = {}): Tenant => ({
  object: 'tenant',
  id: `ten_${changes.status ?? 'active'}`,
  name: 'Acme',
  slug: 'acme',
  kind: 'organization',
  status: 'active',
  status_reason: null,
  plan: 'pro',
  region: null,
  external_id: null,
  description: null,
  parent_id: null,
  metadata: {},
  branding: { primary_color: null, accent_color: null, logo_url: null },
  inheritance: { plan: { mode: 'override', from: 'ten_active', locked: false } },
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-02T00:00:00Z',
  activated_at: '2026-01-01T00:00:00Z',
  suspended_at: null,
  archived_at: null,
  deleted_at: null,
  purge_at: null,
  version: 1,
  ...changes,
});

describe('changing many tenants', () => {
  it('runs four at a time, and tells of each how it went', async () => {
    let [now, most] = [0, 0];
    const went: string[] = [];
    const left = await inTurn(
      Array.from({ length: 20 }, (_, place) => place),
      async (place) => {
        now += 1;
        most = Math.max(most, now);
        await Promise.resolve();
        now -= 1;
        if (place === 6) throw new Error('refused');
      },
      (place, error) => went.push(`${place}${error ? ' failed' : ''}`),
      new AbortController().signal,
    );
    expect(most).toBe(4);
    expect(left).toEqual([]);
    expect(went).toHaveLength(20);
    expect(went.filter((text) => text.endsWith('failed'))).toEqual(['6 failed']);
  });

  it('finishes what has begun when it is stopped, and tells what is left', async () => {
    const stop = new AbortController();
    const done: number[] = [];
    const items = Array.from({ length: 10 }, (_, place) => place);
    const left = await inTurn(items, () => Promise.resolve(), (place) => { done.push(place); if (place === 3) stop.abort(); }, stop.signal);
    expect([...done, ...left].sort((a, b) => a - b)).toEqual(items);
    expect(done).toEqual(expect.arrayContaining([0, 1, 2, 3]));
    expect(left.length).toBeGreaterThan(0);
  });

  it('does nothing with nothing', async () => {
    expect(await inTurn([], () => Promise.reject(new Error('never')), () => undefined, new AbortController().signal)).toEqual([]);
  });

  it('leaves alone those whose status does not allow it', () => {
    const sorted = sort([tenant(), tenant({ status: 'suspended' }), tenant({ status: 'suspended' }), tenant({ status: 'deleted' })], { do: 'suspend' });
    expect(sorted.run).toEqual([tenant()]);
    expect(reasons(sorted.skipped)).toEqual([['is suspended', 2], ['is deleted', 1]]);
  });

  it('leaves alone those that have the plan, cannot have it, or are deleted', () => {
    const locked = tenant({ inheritance: { plan: { mode: 'inherit', from: 'ten_above', locked: true } } });
    const { run, skipped } = sort([tenant({ plan: 'free' }), tenant(), locked, tenant({ status: 'deleted' })], { do: 'plan', plan: 'pro' });
    expect(run.map(({ plan }) => plan)).toEqual(['free']);
    expect(skipped.map(({ why }) => why)).toEqual(['has the plan pro already', 'a tenant above it locks its plan', 'is deleted']);
  });

  it('writes CSV in which no name becomes a formula or another column', () => {
    const words = { done: 'Changed', failed: 'Failed', skipped: 'Skipped', stopped: 'Not begun' };
    const rows = [
      { id: 'ten_1', name: '=cmd|"x",1', outcome: 'done' as const, text: '' },
      { id: 'ten_2', name: '@sum', outcome: 'failed' as const, text: 'line\nbreak' },
    ];
    expect(csv(rows, words)).toBe('id,name,outcome,detail\r\nten_1,"\'=cmd|""x"",1",Changed,\r\nten_2,\'@sum,Failed,"line\nbreak"');
  });
});

describe('statuses', () => {
  it('offer what the server allows from them', () => {
    expect(offered('pending')).toEqual(['activate', 'delete']);
    expect(offered('active')).toEqual(['suspend', 'archive', 'delete']);
    expect(offered('suspended')).toEqual(['activate', 'archive', 'delete']);
    expect(offered('archived')).toEqual(['activate', 'delete']);
    expect(offered('deleted')).toEqual(['restore']);
    expect(TRANSITIONS).toHaveLength(5);
  });

  it('say since when', () => {
    expect(since(tenant({ status: 'suspended', suspended_at: '2026-02-01T00:00:00Z' }))).toBe('2026-02-01T00:00:00Z');
    expect(since(tenant({ status: 'pending' }))).toBe('2026-01-01T00:00:00Z');
  });
});

describe('consequences', () => {
  const none = { members: 0, keys_active: 0, webhook_endpoints_enabled: 0, invitations_pending: 0, children: 0, shares_given: 0 };

  it('are told with numbers, the gravest first', () => {
    const counts = { ...none, members: 12, keys_active: 1, webhook_endpoints_enabled: 2, invitations_pending: 1, children: 1 };
    expect(consequences('suspend', counts)).toEqual([
      '1 API key stops working',
      '12 members are locked out',
      '2 webhook endpoints are still told what happens',
      '1 pending invitation cannot be accepted meanwhile',
      '1 tenant below stays as it is',
    ]);
    expect(consequences('delete', { ...counts, shares_given: 3 })).toEqual([
      '1 tenant below must be moved or deleted first',
      '1 API key stops working',
      '12 members are locked out',
      '2 webhook endpoints hear nothing more',
      '1 pending invitation cannot be accepted meanwhile',
      '3 shares with other tenants end when it is erased',
    ]);
    expect(consequences('activate', counts)).toEqual(['12 members can work in it again', '1 API key works again']);
  });

  it('are none where nothing hangs on it, and an estimate beyond what the server counts', () => {
    expect(consequences('suspend', none)).toEqual([]);
    expect(consequences('archive', { ...none, members: 10_000 })).toEqual(['10,000 or more members are locked out']);
  });

  it('say until when a deleted tenant can be brought back', () => {
    expect(restorableUntil(30, new Date('2026-03-01T12:00:00Z'))).toMatch(/until .*31.*; then it is erased for good/);
  });
});

describe('what a form sends', () => {
  const full = tenant({
    description: 'Cards',
    region: 'eu',
    external_id: 'crm-1',
    metadata: { seats: 3, sales: { by: 'Ann', at: 'fair' } },
    branding: { primary_color: '#112233', accent_color: null, logo_url: null },
  });

  it('is nothing while nothing is changed', () => {
    expect(tenantPatch(full, valuesOf(full))).toEqual({});
  });

  it('is what was changed, and null for what was emptied', () => {
    const values = { ...valuesOf(full), name: ' Acme 2 ', plan: '', region: ' ', description: 'New', metadata: '{"sales": {"by": "Ann"}, "tags": ["a"]}' };
    expect(tenantPatch(full, values)).toEqual({
      name: 'Acme 2',
      plan: null,
      region: null,
      description: 'New',
      metadata: { seats: null, sales: { at: null }, tags: ['a'] },
    });
  });

  it('is the whole branding, or null when none is left', () => {
    expect(tenantPatch(full, { ...valuesOf(full), accentColor: '#445566' })).toEqual({
      branding: { primary_color: '#112233', accent_color: '#445566', logo_url: null },
    });
    expect(tenantPatch(full, { ...valuesOf(full), primaryColor: '' })).toEqual({ branding: null });
    expect(brandingOf(blankValues)).toBeNull();
  });

  it('of a new tenant has nothing that was left empty', () => {
    expect(newTenant({ ...blankValues, name: ' Acme ' }, undefined)).toEqual({ name: 'Acme', kind: 'organization' });
    expect(newTenant({ ...blankValues, name: 'Acme', slug: 'a', plan: 'pro', metadata: '{"a":1}', logoUrl: 'https://a.example/l.svg' }, 'ten_1')).toEqual({
      name: 'Acme',
      kind: 'organization',
      slug: 'a',
      plan: 'pro',
      parent_id: 'ten_1',
      metadata: { a: 1 },
      branding: { primary_color: null, accent_color: null, logo_url: 'https://a.example/l.svg' },
    });
  });

  it('names the members of metadata that are gone, at any depth, and replaces lists', () => {
    expect(mergePatch({ a: 1, b: { c: 1, d: { e: 1 } }, l: [1] }, { b: { c: 1, d: {} }, l: [2] })).toEqual({ a: null, b: { d: { e: null } }, l: [2] });
    expect(mergePatch({ a: { b: 1 } }, { a: { b: 1 } })).toBeUndefined();
    expect(mergePatch({ a: { b: 1 } }, { a: 'text' })).toEqual({ a: 'text' });
  });
});

describe('rules that need no server', () => {
  it('hold for what the server takes too', () => {
    expect(Object.values(checkTenant({ ...valuesOf(tenant()), region: 'eu-north', logoUrl: 'https://a.example/x' })).filter(Boolean)).toEqual([]);
    expect(checkPlan('pro_2-x')).toBeUndefined();
  });

  it('say what is wrong, at its place', () => {
    const wrong = checkTenant({ ...blankValues, plan: '-pro', region: 'EU', metadata: '[1]', primaryColor: 'red', logoUrl: 'http://a.example' });
    expect(Object.entries(wrong).filter(([, text]) => text).map(([pointer]) => pointer).sort()).toEqual([
      '/branding/logo_url',
      '/branding/primary_color',
      '/metadata',
      '/name',
      '/plan',
      '/region',
    ]);
    expect(checkBranding({ primaryColor: '#ABCDEF', accentColor: '', logoUrl: '' })['/branding/primary_color']).toBeUndefined();
  });
});

describe('saved views', () => {
  it('are read whatever was stored', () => {
    for (const text of [null, '{', '{}', '[null, 1, {"id": 1}]', '[{"id":"1","name":"n","query":null}]']) expect(read(text)).toEqual([]);
    expect(read('[{"id":"1","name":"n","query":{"q":"a","evil":"y","status":3}}]')).toEqual([{ id: '1', name: 'n', query: { q: 'a' } }]);
  });

  it('are saved, renamed and deleted', () => {
    const one = { id: '1', name: 'One', query: { q: 'a' } };
    const both = saved([one], { id: '2', name: 'Two', query: {} });
    expect(both.map(({ name }) => name)).toEqual(['One', 'Two']);
    expect(renamed(both, '2', 'Zwei')[1]?.name).toBe('Zwei');
    expect(removed(both, '1').map(({ id }) => id)).toEqual(['2']);
    expect(storeName('op_1', 'prj_1')).not.toBe(storeName('op_2', 'prj_1'));
  });

  it('are the same when their filters are, however these are written', () => {
    expect(same(compact({ q: '', plan: 'a' }), { plan: 'a' })).toBe(true);
    expect(same({ plan: 'a' }, { plan: 'b' })).toBe(false);
  });
});

describe('security policies', () => {
  const open: Policy = {
    object: 'security_policy',
    tenant_id: 'ten_1',
    mfa_required: false,
    sign_in_methods: null,
    max_session_seconds: null,
    allowed_ips: [],
    updated_at: null,
    version: 0,
  };
  const strict: Policy = { ...open, mfa_required: true, sign_in_methods: ['sso', 'password'], max_session_seconds: 90 * 60, allowed_ips: ['203.0.113.7'] };

  it('go through their form unchanged', () => {
    for (const policy of [open, strict]) expect(policyPatch(policy, policyValues(policy))).toEqual({});
    expect(policyValues(strict)).toMatchObject({ length: '90', unit: 'minutes' });
    expect(policyValues({ ...open, max_session_seconds: 86_400 })).toMatchObject({ length: '1', unit: 'days' });
    expect(secondsOf({ ...policyValues(open), length: '1.5', unit: 'hours' })).toBe(5400);
  });

  it('are changed member by member; what is switched off is null', () => {
    const off = { ...policyValues(strict), mfa: false, limitsMethods: false, limitsSession: false, limitsAddresses: false };
    expect(policyPatch(strict, off)).toEqual({ mfa_required: false, sign_in_methods: null, max_session_seconds: null, allowed_ips: null });
  });

  it('say whom a change shuts out', () => {
    const said = (policy: Policy, changes: Partial<ReturnType<typeof policyValues>>) =>
      shutsOut(policy, policyPatch(policy, { ...policyValues(policy), ...changes }), { members: 1, keys: 2 });
    expect(said(open, {})).toEqual([]);
    expect(said(open, { mfa: true })[0]).toContain('1 member');
    expect(said(open, { limitsMethods: true, methods: ['sso', 'passkey'] })[0]).toContain('single sign-on');
    expect(said(open, { limitsSession: true })[0]).toContain('must sign in again');
    expect(said(open, { limitsAddresses: true, addresses: ['203.0.113.7'] })[0]).toContain('2 keys');
    expect(said(strict, { addresses: ['203.0.113.7', '203.0.113.8'] })).toEqual([expect.stringContaining('less than before')]);
    expect(said(strict, { length: '2', unit: 'hours' })).toEqual([expect.stringContaining('less than before')]);
  });
});
