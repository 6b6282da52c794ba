/** What several pages read of tenants. */

import type { Schemas } from '@carcosa/client';
import { useEffect, useMemo, useState } from 'react';
import { useRead } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import type { Option } from '../../ui/picker.tsx';

export type Dependents = Schemas['TenantDependents'];
export type SlugPreview = Schemas['SlugPreview'];

/** A text once the hand rests. */
export function useSettled(text: string, pause = 200): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pause);
    return () => clearTimeout(timer);
  }, [text, pause]);
  return settled;
}

/** One tenant, by id, `slug:acme` or `ext:42`. */
export const useOneTenant = (name: string | undefined) =>
  useRead(['tenants', 'one', name], (api, signal) => api.GET('/v1/tenants/{tenant}', { params: { path: { tenant: name ?? '' } }, signal }), {
    enabled: name !== undefined && name !== '',
    staleTime: 15_000,
  });

/** Tenants to choose from: those with what was typed in their name, slug or external id. What was chosen stands in the field: that is no search. */
export function useTenantOptions(typed: string, chosen: Option | null): { options: Option[]; searching: boolean } {
  const wanted = chosen && (typed === chosen.text || typed === chosen.value) ? '' : typed.trim().slice(0, 200);
  const q = useSettled(wanted);
  const found = useRead(
    ['tenants', 'pick', q],
    (api, signal) => api.GET('/v1/tenants', { params: { query: { limit: 20, ...(q ? { q } : {}) } }, signal }),
    { keep: true, staleTime: 10_000 },
  );
  const options = useMemo(
    () => (found.data?.data ?? []).map((tenant): Option => ({ value: tenant.id, text: tenant.name, note: tenant.slug })),
    [found.data],
  );
  return { options, searching: found.isFetching || q !== wanted };
}

/** What hangs on a tenant, counted up to a limit. Not from memory: before something is destroyed, the numbers must be those of now. */
export const useDependents = (id: string, enabled = true) =>
  useRead(['tenants', 'dependents', id], (api, signal) => api.GET('/v1/tenants/{tenant}/dependents', { params: { path: { tenant: id } }, signal }), {
    enabled,
    staleTime: 0,
  });

/** Tenants, counted by status, kind and plan. */
export const useTenantStats = (enabled = true) => useRead(['stats'], (api, signal) => api.GET('/v1/tenants/stats', { signal }), { enabled });

/** The plans in use, the most frequent first. */
export function usePlans(): string[] {
  const stats = useTenantStats();
  return Object.entries(stats.data?.by_plan ?? {})
    .sort((a, b) => b[1] - a[1])
    .map(([plan]) => plan);
}

/** What slug a name gets, or whether a slug can be had. Asked for once the hand rests. */
export function useSlugPreview(name: string, slug: string, enabled = true) {
  const { can } = useScope();
  const [settledName, settledSlug] = [useSettled(name.trim(), 250), useSettled(slug.trim(), 250)];
  const wanted = enabled && can('tenant:create') && (settledName !== '' || settledSlug !== '');
  const query = useRead(
    ['tenants', 'slug', settledName, settledSlug],
    (api, signal) =>
      api.GET('/v1/tenants/slug', {
        params: { query: { ...(settledName ? { name: settledName } : {}), ...(settledSlug ? { slug: settledSlug } : {}) } },
        signal,
      }),
    { enabled: wanted, staleTime: 5000 },
  );
  const current = settledName === name.trim() && settledSlug === slug.trim();
  return wanted && current ? query.data : undefined;
}
