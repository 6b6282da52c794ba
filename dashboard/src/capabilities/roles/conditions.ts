/** When a role gives its permissions, in words. */

import type { Schemas } from '@carcosa/client';
import { dateTime } from '../../i18n/format.ts';
import { language, messages } from '../../i18n/messages.ts';

export type Conditions = Schemas['Conditions'];
type Hours = Schemas['Hours'];

const texts = messages('conditions', {
  always: 'This role always gives its permissions.',
  only: (parts: string) => `This role gives its permissions only ${parts}.`,
  unknown: 'What an access check does not say counts as not met: pass the second factor and the address along.',
  mfa: 'to people who signed in with a second factor',
  noMfa: 'to people who signed in without a second factor',
  plans: (plans: string) => `in tenants on ${plans}`,
  regions: (regions: string) => `in tenants in ${regions}`,
  addresses: (addresses: string) => `from ${addresses}`,
  hours: (days: string, from: string, to: string, zone: string) => `${days} from ${from} until ${to} (${zone})`,
  night: (days: string, from: string, to: string, zone: string) => `${days} from ${from} until ${to} of the next day (${zone})`,
  daily: 'every day',
  on: (days: string) => `on ${days}`,
  notBefore: (at: string) => `from ${at} on`,
  notAfter: (at: string) => `before ${at}`,
  more: (first: string, count: string) => `${first} and ${count} more`,
  short: {
    mfa: 'second factor',
    noMfa: 'no second factor',
    plans: (plans: string) => `plan ${plans}`,
    regions: (regions: string) => `region ${regions}`,
    addresses: (addresses: string) => addresses,
    hours: (days: string, from: string, to: string, zone: string) => `${days} ${from}–${to} (${zone})`,
    notBefore: (at: string) => `from ${at}`,
    notAfter: (at: string) => `until ${at}`,
  },
  names: {
    mfa: 'second factor',
    plans: 'plan of the tenant',
    regions: 'region of the tenant',
    addresses: 'address of the caller',
    hours: 'hours',
    not_before: 'not before a time',
    not_after: 'not after a time',
  } as Record<string, string>,
});

const list = (items: readonly string[], type: 'conjunction' | 'disjunction') => new Intl.ListFormat(language(), { type }).format(items);

/** The first few by name, the others by number. */
function some(items: readonly string[], most = 3): string {
  if (items.length <= most) return list(items, 'disjunction');
  return texts.more(items.slice(0, most - 1).join(', '), String(items.length - most + 1));
}

/** `Mon` for 1. 2024-01-01 was a Monday. */
export const weekday = (day: number, style: 'short' | 'long' = 'short'): string =>
  new Intl.DateTimeFormat(language(), { weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, day)));

type Days = readonly number[] | null | undefined;
const isDaily = (days: Days): days is null | undefined => !days || days.length === 0 || days.length === 7;

/** `Mon–Fri`, or the days one by one. */
function dayNames(days: Days): string {
  if (isDaily(days)) return texts.daily;
  const sorted = [...days].sort((a, b) => a - b);
  const [first, last] = [sorted[0] ?? 1, sorted.at(-1) ?? 1];
  if (sorted.length > 2 && last - first === sorted.length - 1) return `${weekday(first)}–${weekday(last)}`;
  return list(
    sorted.map((day) => weekday(day)),
    'conjunction',
  );
}

/** `UTC+02:00`. */
export function offsetName(minutes: number): string {
  const size = Math.abs(minutes);
  const part = (value: number) => String(value).padStart(2, '0');
  return minutes === 0 ? 'UTC' : `UTC${minutes < 0 ? '−' : '+'}${part(Math.floor(size / 60))}:${part(size % 60)}`;
}

function hoursText({ from, to, days, utc_offset_minutes: offset }: Hours): string {
  const say = from < to ? texts.hours : texts.night;
  return say(isDaily(days) ? texts.daily : texts.on(dayNames(days)), from, to, offsetName(offset));
}

const hoursWords = ({ from, to, days, utc_offset_minutes: offset }: Hours): string =>
  texts.short.hours(dayNames(days), from, to, offsetName(offset));

/** Each condition as a few words. */
export function conditionWords(conditions: Conditions | null | undefined): string[] {
  if (!conditions) return [];
  const { mfa, plans, regions, addresses, hours, not_before: from, not_after: to } = conditions;
  return [
    mfa === true ? texts.short.mfa : mfa === false ? texts.short.noMfa : '',
    plans ? texts.short.plans(some(plans)) : '',
    regions ? texts.short.regions(some(regions)) : '',
    addresses ? texts.short.addresses(some(addresses, 2)) : '',
    hours ? hoursWords(hours) : '',
    from ? texts.short.notBefore(dateTime(from)) : '',
    to ? texts.short.notAfter(dateTime(to)) : '',
  ].filter((word) => word !== '');
}

/** All conditions as one sentence. */
export function conditionSentence(conditions: Conditions | null | undefined): string {
  if (!conditions) return texts.always;
  const { mfa, plans, regions, addresses, hours, not_before: from, not_after: to } = conditions;
  const parts = [
    mfa === true ? texts.mfa : mfa === false ? texts.noMfa : '',
    plans ? texts.plans(list(plans, 'disjunction')) : '',
    regions ? texts.regions(list(regions, 'disjunction')) : '',
    addresses ? texts.addresses(list(addresses, 'disjunction')) : '',
    hours ? hoursText(hours) : '',
    from ? texts.notBefore(dateTime(from)) : '',
    to ? texts.notAfter(dateTime(to)) : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return texts.always;
  const sentence = texts.only(list(parts, 'conjunction'));
  return typeof mfa === 'boolean' || addresses ? `${sentence} ${texts.unknown}` : sentence;
}

/** What a condition that the server names is about. */
export const conditionName = (name: string): string => texts.names[name] ?? name;
