import { describe, expect, it } from 'vitest';
import { type Names, type Reason, helpText, whyText } from '../src/capabilities/access/reasons.ts';
import { daysError, offer } from '../src/capabilities/invitations/invite.tsx';
import { newUser, userPatch } from '../src/capabilities/users/form.tsx';
import type { User } from '../src/capabilities/users/status.tsx';

const names: Names = {
  user: 'Ada',
  tenant: 'Acme',
  permission: 'key:read',
  role: 'Auditor',
  via: undefined,
  condition: 'second factor',
};
/** All that the server can answer: the compiler misses one that is missing. */
const all: Record<Reason, true> = {
  granted: true,
  tenant_not_found: true,
  tenant_suspended: true,
  tenant_not_active: true,
  user_not_found: true,
  user_disabled: true,
  not_a_member: true,
  membership_disabled: true,
  other_organization: true,
  condition_not_met: true,
  permission_not_granted: true,
  mfa_required: true,
  sign_in_method_not_allowed: true,
  session_too_old: true,
  address_not_allowed: true,
};
const reasons = Object.keys(all) as Reason[];

describe('reasons', () => {
  it('are all explained, and all refusals say what would change them', () => {
    for (const reason of reasons) {
      expect(whyText(reason, names), reason).toMatch(/^[A-Z].*\.$/);
      expect(whyText(reason, names), reason).not.toContain('undefined');
      if (reason === 'granted') expect(helpText(reason, names)).toBeUndefined();
      else expect(helpText(reason, names), reason).toMatch(/\.$/);
    }
  });

  it('name who, where and what', () => {
    expect(whyText('not_a_member', names)).toContain('Ada is no member of Acme');
    expect(whyText('condition_not_met', names)).toContain('“second factor”');
    expect(whyText('permission_not_granted', names)).toContain('Auditor does not give key:read');
    expect(helpText('not_a_member', names)).toContain('Acme');
  });

  it('name the tenant of the membership where it is another', () => {
    expect(whyText('granted', names)).toBe('The role Auditor gives it.');
    expect(whyText('granted', { ...names, via: 'Group' })).toContain('held in Group');
    expect(whyText('membership_disabled', { ...names, via: 'Group' })).toContain('in Group is disabled');
  });
});

describe('an invitation', () => {
  it('says only what was chosen', () => {
    const values = { role: 'viewer', organization: '', children: false, days: '' };
    expect(offer(values)).toEqual({ role: 'viewer' });
    expect(offer({ ...values, organization: 'org_1', days: '7' })).toEqual({ role: 'viewer', organization_id: 'org_1', expires_in_days: 7 });
  });

  it('can be accepted for 1 to 365 days', () => {
    for (const good of ['', '1', '365', '007']) expect(daysError(good), good).toBeUndefined();
    for (const bad of ['0', '366', '1.5', '-1', '1e2', 'x']) expect(daysError(bad), bad).toBeDefined();
  });
});

describe('a user', () => {
  const user = { email: 'ada@example.com', name: 'Ada', external_id: 'a-1' } as User;

  it('is made of what was typed, without the space around it', () => {
    expect(newUser({ email: ' ada@example.com ', name: ' ', external: '' })).toEqual({ email: 'ada@example.com' });
    expect(newUser({ email: 'a@b.c', name: 'Ada ', external: '1' })).toEqual({ email: 'a@b.c', name: 'Ada', external_id: '1' });
  });

  it('is changed only where it differs; what is emptied is removed', () => {
    expect(userPatch(user, { email: 'ada@example.com', name: 'Ada', external: 'a-1' })).toEqual({});
    expect(userPatch(user, { email: 'ada@example.com', name: '', external: 'a-2' })).toEqual({ name: null, external_id: 'a-2' });
  });
});
