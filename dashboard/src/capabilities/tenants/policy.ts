/** A security policy as its form has it, and what a change of it does. No React, no requests. */

import type { Schemas } from '@carcosa/client';
import { counted, messages, plural } from '../../i18n/messages.ts';

export type Policy = Schemas['SecurityPolicy'];
export type Method = Schemas['SignInMethod'];
export const METHODS: readonly Method[] = ['password', 'email_link', 'email_code', 'social', 'sso', 'passkey'];

export type Unit = 'minutes' | 'hours' | 'days';
const SECONDS: Record<Unit, number> = { minutes: 60, hours: 3600, days: 86_400 };
export const SHORTEST = 300;
export const LONGEST = 7_776_000;

export interface PolicyValues {
  mfa: boolean;
  limitsMethods: boolean;
  methods: Method[];
  limitsSession: boolean;
  length: string;
  unit: Unit;
  limitsAddresses: boolean;
  addresses: string[];
}

/** The largest unit that says it without a fraction. */
function lengthOf(seconds: number): { length: string; unit: Unit } {
  const unit = (['days', 'hours', 'minutes'] as const).find((one) => seconds % SECONDS[one] === 0) ?? 'minutes';
  return { length: String(seconds / SECONDS[unit]), unit };
}

export function policyValues(policy: Policy): PolicyValues {
  const seconds = policy.max_session_seconds;
  return {
    mfa: policy.mfa_required,
    limitsMethods: policy.sign_in_methods !== null,
    methods: policy.sign_in_methods ?? [],
    limitsSession: seconds !== null,
    ...lengthOf(seconds ?? SECONDS.hours * 12),
    limitsAddresses: policy.allowed_ips.length > 0,
    addresses: policy.allowed_ips,
  };
}

export const secondsOf = (values: PolicyValues): number => Math.round(Number(values.length) * SECONDS[values.unit]);

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The members that differ. */
export function policyPatch(policy: Policy, values: PolicyValues): Schemas['UpdateSecurityPolicy'] {
  const next = {
    mfa_required: values.mfa,
    sign_in_methods: values.limitsMethods ? METHODS.filter((method) => values.methods.includes(method)) : null,
    max_session_seconds: values.limitsSession ? secondsOf(values) : null,
    allowed_ips: values.limitsAddresses ? values.addresses : [],
  };
  const before = {
    ...policy,
    sign_in_methods: policy.sign_in_methods && METHODS.filter((method) => policy.sign_in_methods?.includes(method)),
  };
  const patch: Schemas['UpdateSecurityPolicy'] = {};
  if (next.mfa_required !== before.mfa_required) patch.mfa_required = next.mfa_required;
  if (!same(next.sign_in_methods, before.sign_in_methods)) patch.sign_in_methods = next.sign_in_methods;
  if (next.max_session_seconds !== before.max_session_seconds) patch.max_session_seconds = next.max_session_seconds;
  if (!same(next.allowed_ips, before.allowed_ips)) patch.allowed_ips = next.allowed_ips.length > 0 ? next.allowed_ips : null;
  return patch;
}

const people = (count: number | undefined): string => (count === undefined ? 'Members' : counted(count, 'member', 'members'));
const are = (count: number | undefined): string => (count === undefined ? 'are' : plural(count, { one: 'is', other: 'are' }));

const texts = messages('policy-consequences', {
  mfa: (count: number | undefined) => `${people(count)} who did not use a second factor ${are(count)} refused at once, until they sign in again with one.`,
  methods: (count: number | undefined, ways: string) => `${people(count)} who signed in another way than by ${ways} ${are(count)} refused at once.`,
  session: 'Whoever signed in longer ago than this is refused at once, and must sign in again.',
  addresses: (keys: number | undefined) =>
    `${keys === undefined ? 'Keys' : counted(keys, 'key', 'keys')} and members are refused from all other addresses. Where your application checks access, it must send the address.`,
  looser: 'The policy asks for less than before. It holds at once.',
});

export const methodText: Record<Method, string> = messages('sign-in-methods', {
  password: 'Password',
  email_link: 'Link by e-mail',
  email_code: 'Code by e-mail',
  social: 'Social account',
  sso: 'Single sign-on',
  passkey: 'Passkey',
});

const narrower = <T>(before: readonly T[] | null | undefined, after: readonly T[] | null | undefined): boolean =>
  !!after && after.length > 0 && (!before || before.length === 0 || before.some((one) => !after.includes(one)));

/** Whom a change shuts out, in sentences. */
export function shutsOut(policy: Policy, patch: Schemas['UpdateSecurityPolicy'], counts: { members?: number; keys?: number }): string[] {
  const found: string[] = [];
  if (patch.mfa_required) found.push(texts.mfa(counts.members));
  if (narrower(policy.sign_in_methods, patch.sign_in_methods)) {
    found.push(texts.methods(counts.members, (patch.sign_in_methods ?? []).map((method) => methodText[method].toLocaleLowerCase()).join(', ')));
  }
  const limit = patch.max_session_seconds;
  if (limit && (policy.max_session_seconds === null || limit < policy.max_session_seconds)) found.push(texts.session);
  if (narrower(policy.allowed_ips, patch.allowed_ips)) found.push(texts.addresses(counts.keys));
  return found.length === 0 && Object.keys(patch).length > 0 ? [texts.looser] : found;
}
