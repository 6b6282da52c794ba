/** Filters live in the address, so that they can be linked to, and the back button undoes them. */

import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

type Strings = Record<string, string>;
/** Changes some of the query; `replace`: without another step for the back button. */
export type SetSearch<Names extends string> = (changes: Partial<Record<Names, string>>, options?: { replace?: boolean }) => void;

/** The query of the address, as texts; what is missing is what `defaults` says. */
export function useSearch<Names extends string>(
  defaults: Record<Names, string>,
): [values: Record<Names, string>, set: SetSearch<Names>] {
  const query = useRouterState({ select: (state) => state.location.searchStr });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const navigate = useNavigate();
  const key = JSON.stringify(defaults);
  const values = useMemo(() => {
    const found = new URLSearchParams(query);
    const known = JSON.parse(key) as Strings;
    return Object.fromEntries(Object.entries(known).map(([name, value]) => [name, found.get(name) ?? value])) as Record<Names, string>;
  }, [query, key]);
  const set = useCallback(
    (changes: Partial<Record<Names, string>>, options: Parameters<SetSearch<Names>>[1] = {}) => {
      const known = JSON.parse(key) as Strings;
      const next = new URLSearchParams(globalThis.location.search);
      for (const [name, value] of Object.entries(changes as Strings)) {
        if (value === (known[name] ?? '')) next.delete(name);
        else next.set(name, value);
      }
      void navigate({ to: path, search: Object.fromEntries(next) as never, replace: options.replace ?? false, resetScroll: false });
    },
    [key, navigate, path],
  );
  return [values, set];
}

/** Query strings of texts alone: `?q=123` is the text `123`. */
export const parseSearch = (text: string): Strings => Object.fromEntries(new URLSearchParams(text));
export const stringifySearch = (search: Record<string, unknown>): string => {
  const entries = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
};
