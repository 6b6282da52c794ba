/** Numbers, sizes and times as the viewer writes them, in their own zone. */

import { language } from './messages.ts';

const cache = new Map<string, unknown>();

/** Formats are costly to make. */
function kept<F>(name: string, make: () => F): F {
  const key = `${language()} ${name}`;
  let format = cache.get(key) as F | undefined;
  if (format === undefined) {
    format = make();
    cache.set(key, format);
  }
  return format;
}

export const number = (value: number): string => kept('number', () => new Intl.NumberFormat(language())).format(value);

/** `1.2K` where room is short. */
export const compact = (value: number): string =>
  kept('compact', () => new Intl.NumberFormat(language(), { notation: 'compact', maximumFractionDigits: 1 })).format(value);

/** A share of one as percent. */
export const percent = (value: number): string =>
  kept('percent', () => new Intl.NumberFormat(language(), { style: 'percent', maximumFractionDigits: 1 })).format(value);

/** `26 Nov 2026, 18:27:20`, in the viewer's zone. */
export const dateTime = (at: string | Date): string =>
  kept('dateTime', () => new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'medium' })).format(new Date(at));

/** `26 Nov 2026`, in the viewer's zone. */
export const date = (at: string | Date): string =>
  kept('date', () => new Intl.DateTimeFormat(language(), { dateStyle: 'medium' })).format(new Date(at));

/** `26 Nov`: a day that the server counts, whose days are UTC. */
export const day = (at: string | Date): string =>
  kept('day', () => new Intl.DateTimeFormat(language(), { day: 'numeric', month: 'short', timeZone: 'UTC' })).format(new Date(at));

/** `18:27` of today. */
export const clock = (at: string | Date): string =>
  kept('clock', () => new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit' })).format(new Date(at));

/** `18:27:20.123`, for logs. */
export const precise = (at: string | Date): string =>
  kept('precise', () =>
    new Intl.DateTimeFormat(language(), { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 }),
  ).format(new Date(at));

/** The viewer's zone, such as `Europe/Helsinki`. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** `3 hours ago`, `in 5 days`; `now` within seconds. */
export function relative(at: string | Date, now: Date = new Date()): string {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000;
  const format = kept('relative', () => new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }));
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 10 ? format.format(0, 'second') : format.format(Math.trunc(seconds), 'second');
}

const unit = (value: number, name: string, unitDisplay: 'short' | 'long' = 'short'): string =>
  kept(`unit ${name}`, () => new Intl.NumberFormat(language(), { style: 'unit', unit: name, unitDisplay, maximumFractionDigits: 1 })).format(value);

/** A length of time out of seconds: `45 sec`, `3 min`, `2 days`. */
export function duration(seconds: number): string {
  if (seconds < 1) return unit(Math.round(seconds * 1000), 'millisecond');
  if (seconds < 60) return unit(seconds, 'second');
  if (seconds < 3600) return unit(seconds / 60, 'minute');
  if (seconds < 86_400) return unit(seconds / 3600, 'hour');
  return unit(seconds / 86_400, 'day');
}

/** A size in bytes: `12.4 kB`. */
export function bytes(value: number): string {
  const names = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = value < 1000 ? 0 : Math.min(names.length - 1, Math.floor(Math.log10(value) / 3));
  // The short form of bytes has no plural.
  return unit(value / 1000 ** step, names[step] ?? 'byte', step === 0 ? 'long' : 'short');
}
