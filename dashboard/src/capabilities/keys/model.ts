/** What keys are, in words. */

import type { Schemas } from '@carcosa/client';
import { relative } from '../../i18n/format.ts';
import { messages, plural } from '../../i18n/messages.ts';
import type { Tone } from '../../ui/display.tsx';

export type ApiKey = Schemas['ApiKey'];
export type KeyWithSecret = Schemas['ApiKeyWithSecret'];
export type Permission = Schemas['PermissionInfo'];

/** The use of a key, hour by hour. */
export interface KeyUsage {
  buckets: { start: string; valid: number; refused: Record<string, number> }[];
}

const texts = messages('keys.model', {
  active: 'Active',
  disabled: 'Disabled',
  expired: 'Expired',
  revoked: 'Revoked',
  expires: (when: string) => `Expires ${when}`,
  everything: 'Everything',
  none: 'Nothing',
  more: (count: number) => `+${count}`,
  periods: { 1: 'second', 60: 'minute', 3600: 'hour', 86400: 'day' } as Record<number, string>,
  rate: (limit: string, period: string) => `${limit} per ${period}`,
  seconds: (count: number) => plural(count, { one: 'second', other: `${count} seconds` }),
});

/** Days before its end in which a key wants attention. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

export interface KeyState {
  state: 'active' | 'disabled' | 'expired' | 'revoked';
  tone: Tone;
  text: string;
}

export function stateOf(key: ApiKey, now = Date.now()): KeyState {
  if (key.revoked_at) return { state: 'revoked', tone: 'bad', text: texts.revoked };
  // In the server's order, so that a filter by state finds what has the word.
  if (!key.enabled) return { state: 'disabled', tone: 'mute', text: texts.disabled };
  const ends = key.expires_at ? Date.parse(key.expires_at) : undefined;
  if (ends !== undefined && ends <= now) return { state: 'expired', tone: 'mute', text: texts.expired };
  if (ends !== undefined && key.expires_at && ends - now < SOON_DAYS * DAY_MS) {
    return { state: 'active', tone: 'warn', text: texts.expires(relative(key.expires_at)) };
  }
  return { state: 'active', tone: 'good', text: texts.active };
}

/** The secret as far as it may be shown. */
export const maskOf = (key: Pick<ApiKey, 'prefix' | 'last4'>): string => `${key.prefix}…${key.last4}`;

/** Scopes in a cell: the first ones, and how many more there are. */
export function scopesText(scopes: readonly string[]): string {
  if (scopes.includes('*')) return texts.everything;
  if (scopes.length === 0) return texts.none;
  const shown = scopes.slice(0, 2).join(', ');
  return scopes.length > 2 ? `${shown} ${texts.more(scopes.length - 2)}` : shown;
}

/** `100 per minute`. */
export const rateText = (limit: string, seconds: number): string => texts.rate(limit, texts.periods[seconds] ?? texts.seconds(seconds));

/** Whether a scope gives a permission. */
export const gives = (scope: string, permission: string): boolean =>
  scope === '*' || scope === permission || (scope.endsWith(':*') && permission.startsWith(scope.slice(0, -1)));

export const nounOf = (permission: string): string => permission.slice(0, permission.indexOf(':'));

/** Sums of a usage. */
export function totals(usage: KeyUsage): { valid: number; refused: number } {
  let valid = 0;
  let refused = 0;
  for (const bucket of usage.buckets) {
    valid += bucket.valid;
    for (const count of Object.values(bucket.refused)) refused += count;
  }
  return { valid, refused };
}
