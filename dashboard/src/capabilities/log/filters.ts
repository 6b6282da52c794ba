/** The filters of a log, as they stand in the address. */

import { useRouterState } from '@tanstack/react-router';
import { useMemo } from 'react';
import { withQuery } from '../../app/paths.ts';
import { type SetSearch, useSearch } from '../../app/search.ts';
import type { ActorKind, LogQuery, Source } from './source.ts';

const NONE = { action: '', kind: '', actor: '', target: '', tenant: '', from: '', to: '', live: '', entry: '' };
export type LogSearch = typeof NONE;

export interface LogFilters {
  values: LogSearch;
  set: SetSearch<keyof LogSearch>;
  query: LogQuery;
  /** How many filters are set. */
  count: number;
  clear: () => void;
  /** The address of this page with these filters, and no others. */
  href: (filters: Partial<LogSearch>) => string;
  /** The address with an entry open, and everything else as it is. */
  entryHref: (id: string) => string;
}

const FILTERS = ['action', 'kind', 'actor', 'target', 'tenant', 'from', 'to'] as const;

export function useLogFilters(source: Source): LogFilters {
  const [given, set] = useSearch(NONE);
  const path = useRouterState({ select: (state) => state.location.pathname });
  return useMemo(() => {
    const values = { ...given, from: dateIn(given.from), to: dateIn(given.to) };
    const named = {
      action: values.action,
      actor_id: values.actor.trim(),
      actor_kind: values.kind as ActorKind,
      target_id: values.target.trim(),
      tenant_id: source.tenant ? '' : values.tenant,
      from: values.from,
      to: values.to,
    };
    const used = FILTERS.filter((name) => values[name] !== '' && !(name === 'tenant' && source.tenant));
    return {
      values,
      set,
      query: Object.fromEntries(Object.entries(named).filter(([, value]) => value !== '')) as LogQuery,
      count: used.length,
      clear: () => set(Object.fromEntries(FILTERS.map((name) => [name, ''])) as Partial<LogSearch>),
      href: (filters) => withQuery(path, filters),
      entryHref: (id) => withQuery(path, { ...values, entry: id }),
    };
  }, [given, set, path, source.tenant]);
}

/** A date as it stands in the address; nothing for what is none. */
export const dateIn = (text: string): string => (Number.isNaN(Date.parse(text)) ? '' : text);

/** Actions of a filter: names and patterns such as `key.*`. */
export const actionsOf = (text: string): string[] => text.split(',').filter((part) => part !== '');

/** The same filter with one action more or less. */
export function toggled(text: string, action: string): string {
  const now = actionsOf(text);
  const noun = action.slice(0, action.indexOf('.'));
  if (now.includes(action)) return now.filter((one) => one !== action).join(',');
  // The whole noun makes its parts needless, and the other way round.
  const rest = now.filter((one) => (action.endsWith('.*') ? !one.startsWith(`${noun}.`) : one !== `${noun}.*`));
  return [...rest, action].join(',');
}
