/** Conditions as a form has them: texts and lists, with nothing meaning that it does not matter. */

import type { Conditions } from './conditions.ts';

export interface ConditionValues {
  mfa: '' | 'yes' | 'no';
  plans: string[];
  regions: string[];
  addresses: string[];
  from: string;
  to: string;
  days: number[];
  offset: string;
  notBefore: string;
  notAfter: string;
}

export const EVERY_DAY: readonly number[] = [1, 2, 3, 4, 5, 6, 7];

export function valuesOf(conditions: Conditions | null | undefined): ConditionValues {
  const { mfa, plans, regions, addresses, hours, not_before, not_after } = conditions ?? {};
  return {
    mfa: typeof mfa === 'boolean' ? (mfa ? 'yes' : 'no') : '',
    plans: [...(plans ?? [])],
    regions: [...(regions ?? [])],
    addresses: [...(addresses ?? [])],
    from: hours?.from ?? '',
    to: hours?.to ?? '',
    days: [...(hours?.days ?? EVERY_DAY)].sort(),
    offset: String(hours?.utc_offset_minutes ?? 0),
    notBefore: not_before ?? '',
    notAfter: not_after ?? '',
  };
}

/** What the form says; `null` for no conditions. */
export function conditionsOf(values: ConditionValues): Conditions | null {
  const some = (items: string[]) => items.length > 0;
  const found: Conditions = {
    ...(values.mfa === '' ? {} : { mfa: values.mfa === 'yes' }),
    ...(some(values.plans) ? { plans: values.plans } : {}),
    ...(some(values.regions) ? { regions: values.regions } : {}),
    ...(some(values.addresses) ? { addresses: values.addresses } : {}),
    ...(values.from !== '' && values.to !== ''
      ? {
          hours: {
            from: values.from,
            to: values.to,
            utc_offset_minutes: Number(values.offset),
            ...(values.days.length === EVERY_DAY.length ? {} : { days: values.days }),
          },
        }
      : {}),
    ...(values.notBefore === '' ? {} : { not_before: values.notBefore }),
    ...(values.notAfter === '' ? {} : { not_after: values.notAfter }),
  };
  return Object.keys(found).length > 0 ? found : null;
}

/** Distances from UTC that clocks somewhere have, and the one that is set. */
export function offsets(current: number): number[] {
  const quarters = [-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765];
  const hours = Array.from({ length: 27 }, (_, index) => (index - 12) * 60);
  return [...new Set([...hours, ...quarters, current])].sort((a, b) => a - b);
}
