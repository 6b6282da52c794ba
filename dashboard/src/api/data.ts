/**
 * Reading and changing.
 *
 * What is cached is named by its parts: the resource as events name it, in the plural (`keys`, `members`), then what narrows it. So an event says by
 * its noun what to read again.
 */

import { ok } from '@carcosa/client';
import {
  type InfiniteData,
  type QueryClient,
  type UseInfiniteQueryResult,
  type UseQueryOptions,
  type UseQueryResult,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { problemText } from '../ui/problem.ts';
import { toast } from '../ui/toast.tsx';
import { type Scope, useScope } from './scope.tsx';

/** A call of the client. */
type Call<Data> = Promise<{ data?: Data }>;
export type Parts = readonly [resource: string, ...rest: unknown[]];

/** A page of a list, whatever it lists. */
export interface Page<Item> {
  data: Item[];
  page: { after?: string | null; has_more: boolean; total?: number | null; total_is_capped?: boolean | null };
}

/** Reads one thing. */
export function useRead<Data>(
  parts: Parts,
  load: (api: Scope['api'], signal: AbortSignal) => Call<Data>,
  options: Pick<UseQueryOptions<Data>, 'enabled' | 'refetchInterval' | 'staleTime'> & { keep?: boolean } = {},
): UseQueryResult<Data> {
  const { root, api } = useScope();
  const { keep, ...rest } = options;
  return useQuery({
    queryKey: [...root, ...parts],
    queryFn: ({ signal }) => ok(load(api, signal)),
    ...(keep ? { placeholderData: keepPreviousData } : {}),
    ...rest,
  }) as UseQueryResult<Data>;
}

/** A list that grows as it is read on. */
export interface List<Item> {
  query: UseInfiniteQueryResult<InfiniteData<Page<Item>>>;
  items: Item[];
  hasMore: boolean;
  /** Reads the next page, unless it is being read. */
  more: () => void;
  /** How many there are, where the server says so. */
  total?: number | undefined;
  totalIsCapped: boolean;
}

/** Reads a list page by page. While filters change, what was there stays. */
export function useList<Item>(
  parts: Parts,
  load: (api: Scope['api'], after: string | undefined, signal: AbortSignal) => Call<Page<Item>>,
  options: { enabled?: boolean; refetchInterval?: number | false } = {},
): List<Item> {
  const { root, api } = useScope();
  const query = useInfiniteQuery({
    queryKey: [...root, ...parts],
    queryFn: ({ pageParam, signal }) => ok(load(api, pageParam, signal)),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<Item>) => (last.page.has_more ? (last.page.after ?? undefined) : undefined),
    placeholderData: keepPreviousData,
    ...options,
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.data) ?? [], [query.data]);
  const first = query.data?.pages[0]?.page;
  return {
    query,
    items,
    hasMore: query.hasNextPage,
    more: () => {
      if (query.hasNextPage && !query.isFetchingNextPage && !query.isFetchNextPageError) void query.fetchNextPage();
    },
    total: first?.total ?? undefined,
    totalIsCapped: first?.total_is_capped ?? false,
  };
}

/** The change counts for this version alone: who was slower is refused. */
export const ifMatch = (version: number): { 'If-Match': string } => ({ 'If-Match': `"${version}"` });

/** A change shown before the server has confirmed it. */
export interface Optimistic {
  /** The object that changes, wherever it is shown. */
  id: string;
  changes: Record<string, unknown>;
}

export interface ActionOptions<Input, Data> {
  run: (api: Scope['api'], input: Input) => Call<Data>;
  /** Resources to read again afterwards. */
  refresh: readonly string[];
  /** What to show at once. It is undone when the server refuses. */
  optimistic?: (input: Input) => Optimistic;
  /** What to say when it is done; nothing where the page shows it. */
  said?: (data: Data, input: Input) => string | undefined;
  done?: (data: Data, input: Input) => void;
  /** The id of what is there no more afterwards: a page that still shows it must not ask for it again. */
  ends?: string;
  /** Who shows a failure: a toast, or the form that asked. */
  failure?: 'toast' | 'caller';
}

/** A change, with what it does to what is shown. */
export function useAction<Input, Data>(options: ActionOptions<Input, Data>) {
  const { root, api } = useScope();
  const client = useQueryClient();
  return useMutation<Data, Error, Input, (() => void) | undefined>({
    // Answers may have secrets that are shown once: none is kept.
    gcTime: 0,
    mutationFn: (input) => ok(options.run(api, input)),
    onMutate: async (input) => {
      const wanted = options.optimistic?.(input);
      if (!wanted) return undefined;
      // Only what shows the object: a first reading that is cancelled would not come back by itself.
      const shows = (data: unknown) => replaced(data, wanted.id, wanted.changes) !== data;
      await client.cancelQueries({ queryKey: [...root], predicate: ({ state }) => shows(state.data) });
      return showAtOnce(client, root, wanted);
    },
    onError: (error, _input, undo) => {
      undo?.();
      if (options.failure !== 'caller') toast.failure(problemText(error));
    },
    onSuccess: (data, input) => {
      if (options.ends) forget(options.ends);
      const text = options.said?.(data, input);
      if (text) toast.success(text);
      options.done?.(data, input);
    },
    onSettled: () => refresh(client, root, options.refresh),
  });
}

/** Ids of what this page has deleted for good. */
const gone = new Set<string>();
/** From now on it is asked for no more, and forgotten once no page shows it. */
export const forget = (id: string): void => void gone.add(id);
const isGone = ({ queryKey }: { queryKey: readonly unknown[] }): boolean => queryKey.some((part) => gone.has(part as string));

/** Marks resources as out of date; what is on the screen is read again. */
export async function refresh(client: QueryClient, root: readonly string[], resources: readonly string[]): Promise<void> {
  if (gone.size > 0) client.removeQueries({ queryKey: [...root], type: 'inactive', predicate: isGone });
  const isThere = (query: { queryKey: readonly unknown[] }) => !isGone(query);
  await Promise.all(resources.map((resource) => client.invalidateQueries({ queryKey: [...root, resource], predicate: isThere })));
}

/** Reads resources of this place again. */
export function useRefresh(): (...resources: string[]) => Promise<void> {
  const { root } = useScope();
  const client = useQueryClient();
  return useCallback((...resources: string[]) => refresh(client, root, resources), [client, root]);
}

/** Changes an object in everything cached that shows it, and returns what undoes that. */
export function showAtOnce(client: QueryClient, root: readonly string[], { id, changes }: Optimistic): () => void {
  const before = client.getQueriesData({ queryKey: [...root] });
  const undo: (() => void)[] = [];
  for (const [key, data] of before) {
    const next = replaced(data, id, changes);
    if (next === data) continue;
    // What is kept shares its unchanged parts with what was there, so it is not `next` itself.
    const kept = client.setQueryData(key, next);
    // Only what nobody has read anew meanwhile is put back.
    undo.push(() => client.setQueryData(key, (now: unknown) => (now === kept ? data : now)));
  }
  return () => undo.forEach((step) => step());
}

/** The same data with the object's members changed; the very same when it is not in there. */
export function replaced(data: unknown, id: string, changes: Record<string, unknown>): unknown {
  if (Array.isArray(data)) {
    const next = data.map((item) => replaced(item, id, changes));
    return next.some((item, index) => item !== data[index]) ? next : data;
  }
  if (typeof data !== 'object' || data === null) return data;
  const object = data as Record<string, unknown>;
  if (object.id === id) return { ...object, ...changes };
  // Pages and answers that wrap objects; not the insides of objects of ours, which have none with an id of their own.
  if ('id' in object) return data;
  const entries = Object.entries(object).map(([name, value]) => [name, replaced(value, id, changes)] as const);
  return entries.some(([name, value]) => value !== object[name]) ? Object.fromEntries(entries) : data;
}
