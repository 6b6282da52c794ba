/** Named sets of filters, kept in this browser for each operator and project. */

import { messages } from '../../i18n/messages.ts';

export const FILTERS = { q: '', status: '', kind: '', plan: '', region: '', parent: '', order: '' } as const;
export type FilterName = keyof typeof FILTERS;
export type Filters = Record<FilterName, string>;
/** Filters that are not empty. */
export type Query = Partial<Filters>;

export interface View {
  id: string;
  name: string;
  query: Query;
}

const texts = messages('tenant-views', { all: 'All', suspended: 'Suspended', pending: 'Pending', recent: 'Recently changed' });

export const BUILT_IN: readonly View[] = [
  { id: 'all', name: texts.all, query: {} },
  { id: 'pending', name: texts.pending, query: { status: 'pending' } },
  { id: 'suspended', name: texts.suspended, query: { status: 'suspended' } },
  { id: 'recent', name: texts.recent, query: { order: '-updated_at' } },
];

const names = Object.keys(FILTERS) as FilterName[];

export const compact = (filters: Query): Query => Object.fromEntries(names.filter((name) => filters[name]).map((name) => [name, filters[name]]));
export const same = (a: Query, b: Query): boolean => names.every((name) => (a[name] ?? '') === (b[name] ?? ''));

/** What is stored may be anything: another version of this page wrote it, or someone's hand. */
export function read(text: string | null): View[] {
  try {
    const found = JSON.parse(text ?? '[]') as unknown;
    if (!Array.isArray(found)) return [];
    return found.flatMap((one: unknown) => {
      const view = one as Partial<View> | null;
      if (typeof view?.id !== 'string' || typeof view.name !== 'string' || typeof view.query !== 'object' || view.query === null) return [];
      const query = Object.fromEntries(names.flatMap((name) => (typeof view.query?.[name] === 'string' ? [[name, view.query[name]]] : [])));
      return [{ id: view.id, name: view.name, query }];
    });
  } catch {
    return [];
  }
}

export const saved = (views: readonly View[], view: View): View[] => [...views.filter((one) => one.id !== view.id), view];
export const renamed = (views: readonly View[], id: string, name: string): View[] => views.map((one) => (one.id === id ? { ...one, name } : one));
export const removed = (views: readonly View[], id: string): View[] => views.filter((one) => one.id !== id);
export const storeName = (operator: string, project: string): string => `carcosa.views.${operator}.${project}`;
