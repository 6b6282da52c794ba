/** What several cards of the overview show: read once. */

import { useState } from 'react';
import { useRead } from '../../api/data.ts';
import { useSearch } from '../../app/search.ts';

export const RANGES = ['30', '90', '365'] as const;

/** Days shown, as the address has them. */
export function useDays(): [days: string, set: (days: string) => void] {
  const [{ days }, set] = useSearch({ days: '30' });
  const known = (RANGES as readonly string[]).includes(days) ? days : '30';
  return [known, (next) => set({ days: next }, { replace: true })];
}

/** Every day's tenants; what was there stays while another range is read. Not with each event: a busy project would read a year every second. */
export function useHistory() {
  const [days] = useDays();
  return useRead(
    ['tenant-history', days],
    (api, signal) => api.GET('/v1/tenants/stats/history', { params: { query: { days: Number(days) } }, signal }),
    { keep: true, staleTime: 60_000, refetchInterval: 60_000 },
  );
}

export const HOURS = ['24', '168'] as const;

export function useHours(): [hours: string, set: (hours: string) => void] {
  const [{ hours }, set] = useSearch({ hours: '24' });
  const known = (HOURS as readonly string[]).includes(hours) ? hours : '24';
  return [known, (next) => set({ hours: next }, { replace: true })];
}

export function useKeyUsage(hours: string) {
  return useRead(
    ['key-usage', hours],
    (api, signal) => api.GET('/v1/keys/usage', { params: { query: { hours: Number(hours) } }, signal }),
    { keep: true, refetchInterval: 60_000 },
  );
}

/** A moment so long ago, or to come, the same for as long as the page is open: it is part of what is read. */
export function useMoment(days: number): string {
  const [at] = useState(() => {
    const minute = 60_000;
    return new Date(Math.floor((Date.now() + days * 86_400_000) / minute) * minute).toISOString();
  });
  return at;
}

export const sumOf = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
