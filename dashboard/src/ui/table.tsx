/**
 * Lists of objects as tables: of any length, since only the rows in view are drawn; to be read on by scrolling; with the keyboard (arrows or `j` and `k`,
 * Enter opens, `x` selects). Columns leave on narrow screens, the least important first.
 */

import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { type CSSProperties, type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { List } from '../api/data.ts';
import { number } from '../i18n/format.ts';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { Checkbox } from './fields.tsx';
import { AppLink } from './link.tsx';
import { problemText } from './problem.ts';
import { Failed, Skeleton } from './states.tsx';

const texts = messages('table', {
  all: 'Select all rows shown',
  row: (name: string) => `Select ${name}`,
  count: (shown: string, total: string | undefined) => (total ? `${shown} of ${total} shown` : `${shown} shown`),
  more: 'Load more',
  loading: 'Loading more…',
  broken: (text: string) => `The rest could not be loaded. ${text}`,
  again: 'Try again',
  sort: (name: string) => `Sort by ${name}`,
  over: (total: string) => `${total} or more`,
});

export interface Column<Item> {
  key: string;
  head: string;
  /** The first column is what the row is called: its link. */
  cell: (item: Item) => ReactNode;
  /** A track of CSS grid: `minmax(10rem, 2fr)`, `8rem`. */
  width?: string;
  align?: 'end';
  /** On screens narrower than this it is left out. */
  hide?: 'sm' | 'md' | 'lg';
  /** Values of the list's order: ascending, descending. */
  sort?: { up: string; down: string };
}

export interface Selection {
  ids: ReadonlySet<string>;
  change: (ids: ReadonlySet<string>) => void;
}

export interface TableProps<Item> {
  /** What is listed, in the plural. */
  label: string;
  list: List<Item>;
  columns: readonly Column<Item>[];
  idOf: (item: Item) => string;
  nameOf: (item: Item) => string;
  /** Where a row leads; without one it leads nowhere. */
  href?: (item: Item) => string;
  /** The row that is open elsewhere on the page. */
  current?: string | undefined;
  selection?: Selection;
  order?: { value: string; change: (order: string) => void };
  /** What is there instead of no rows. */
  empty: ReactNode;
}

const ROW = 45;

export function Table<Item>(props: TableProps<Item>) {
  const { list, empty } = props;
  if (list.query.isPending) {
    return (
      <div className="card card-body">
        <Skeleton lines={6} />
      </div>
    );
  }
  if (list.query.isError && list.items.length === 0) {
    return (
      <div className="card">
        <Failed error={list.query.error} retry={() => void list.query.refetch()} />
      </div>
    );
  }
  if (list.items.length > 0) return <Rows {...props} />;
  return list.hasMore ? <Looking list={list} /> : <div className="card">{empty}</div>;
}

/** A search looks through a part for one page: the first ones may have nothing. */
function Looking<Item>({ list }: { list: List<Item> }) {
  const { hasMore, more } = list;
  useEffect(() => {
    if (hasMore) more();
  }, [hasMore, more]);
  return (
    <div className="table">
      <div className="card card-body">
        <Skeleton lines={6} />
      </div>
      <Foot list={list} />
    </div>
  );
}

function Rows<Item>(props: TableProps<Item>) {
  const { list, columns, idOf, label, selection } = props;
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    setTop(body.current?.offsetTop ?? 0);
  }, []);
  const rows = useWindowVirtualizer({
    count: list.items.length,
    estimateSize: () => ROW,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (index) => idOf(list.items[index] as Item),
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { hasMore, more } = list;
  useEffect(() => {
    if (hasMore && last >= list.items.length - 15) more();
  }, [hasMore, last, list.items.length, more]);

  return (
    <div className="table" style={tracks(columns, selection !== undefined)} aria-busy={list.query.isPlaceholderData}>
      <div role="table" aria-label={label} aria-rowcount={list.hasMore ? -1 : list.items.length + 1}>
        <div role="rowgroup">
          <Head {...props} />
        </div>
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys act on the link or box that has the focus */}
        <div role="rowgroup" className="table-body" ref={body} style={{ height: rows.getTotalSize() }} onKeyDown={move}>
          {shown.map((place) => (
            <div
              key={place.key}
              role="presentation"
              data-index={place.index}
              ref={rows.measureElement}
              style={{ position: 'absolute', insetInline: 0, top: 0, transform: `translateY(${place.start - top}px)` }}
            >
              <Row {...props} item={list.items[place.index] as Item} index={place.index} />
            </div>
          ))}
        </div>
      </div>
      <Foot list={list} />
    </div>
  );
}

const EQUAL = 'minmax(0, 1fr)';

/** A column's track without its least width. */
const shrinking = <Item,>({ width = EQUAL }: Column<Item>): string =>
  /^[\d.]+rem$/.test(width) ? `minmax(0, ${width})` : width.replace(/^minmax\([^,]+,/, 'minmax(0,');

/** The columns that are left at each width. */
function tracks<Item>(columns: readonly Column<Item>[], selects: boolean): CSSProperties {
  const at = (...gone: (string | undefined)[]) => {
    const left = columns.filter((column) => !column.hide || !gone.includes(column.hide));
    // Where every column that can leave has left, those that stay share what room there is.
    const width = gone.length === 3 ? shrinking : ({ width = EQUAL }: Column<Item>) => width;
    return [...(selects ? ['1.25rem'] : []), ...left.map(width)].join(' ');
  };
  return {
    '--columns': at(),
    '--columns-lg': at('lg'),
    '--columns-md': at('lg', 'md'),
    '--columns-sm': at('lg', 'md', 'sm'),
  } as CSSProperties;
}

function Head<Item>({ columns, selection, list, idOf, order }: TableProps<Item>) {
  const all = selection !== undefined && list.items.every((item) => selection.ids.has(idOf(item)));
  return (
    <div role="row" className="table-head" aria-rowindex={1}>
      {selection ? (
        <span role="columnheader" className="table-cell">
          <Checkbox
            hideLabel
            label={texts.all}
            checked={all}
            mixed={!all && selection.ids.size > 0}
            onChange={(on) => selection.change(new Set(on ? list.items.map(idOf) : []))}
          />
        </span>
      ) : null}
      {columns.map((column) => (
        <span
          key={column.key}
          role="columnheader"
          className="table-cell"
          data-hide={column.hide}
          data-align={column.align}
          aria-sort={order && column.sort ? sorted(order.value, column.sort) : undefined}
        >
          {order && column.sort ? <Sort column={column} sort={column.sort} order={order} /> : column.head}
        </span>
      ))}
    </div>
  );
}

type SortState = 'ascending' | 'descending' | 'none';
const sorted = (order: string, sort: { up: string; down: string }): SortState =>
  order === sort.up ? 'ascending' : order === sort.down ? 'descending' : 'none';

function Sort<Item>({
  column,
  sort,
  order,
}: {
  column: Column<Item>;
  sort: { up: string; down: string };
  order: { value: string; change: (order: string) => void };
}) {
  const state = sorted(order.value, sort);
  const icons = { ascending: ArrowUp, descending: ArrowDown, none: ChevronsUpDown };
  const Icon = icons[state];
  return (
    <button
      type="button"
      className="table-sort"
      title={texts.sort(column.head)}
      onClick={() => order.change(state === 'ascending' ? sort.down : sort.up)}
    >
      {column.head}
      <Icon aria-hidden />
    </button>
  );
}

function Row<Item>({ item, index, columns, idOf, nameOf, href, current, selection }: TableProps<Item> & { item: Item; index: number }) {
  const id = idOf(item);
  const to = href?.(item);
  const selected = selection?.ids.has(id) ?? false;
  const toggle = (on: boolean) => {
    const next = new Set(selection?.ids);
    if (on) next.add(id);
    else next.delete(id);
    selection?.change(next);
  };
  return (
    <div
      role="row"
      className="table-row"
      aria-rowindex={index + 2}
      data-opens={to ? true : undefined}
      data-selected={selected || undefined}
      data-current={current === id || undefined}
    >
      {selection ? (
        <span role="cell" className="table-cell">
          <Checkbox hideLabel label={texts.row(nameOf(item))} checked={selected} onChange={toggle} />
        </span>
      ) : null}
      {columns.map((column, position) => (
        <span key={column.key} role="cell" className="table-cell" data-hide={column.hide} data-align={column.align}>
          {position === 0 && to ? (
            <AppLink href={to} className="table-link" data-row>
              {column.cell(item)}
            </AppLink>
          ) : (
            column.cell(item)
          )}
        </span>
      ))}
    </div>
  );
}

/** Arrows, `j` and `k` go from row to row; `x` selects the one with the focus. */
function move(event: KeyboardEvent<HTMLDivElement>): void {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.key === 'x') {
    document.activeElement?.closest('[role=row]')?.querySelector<HTMLElement>('[role=checkbox]')?.click();
    return;
  }
  const steps: Record<string, number> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
  const step = steps[event.key];
  if (step === undefined) return;
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]')];
  const place = links.findIndex((link) => link.closest('[role=row]')?.contains(document.activeElement));
  // Rows are drawn in the order of their keys, not always in that of the page.
  links.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  const next = links[place + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Foot<Item>({ list }: { list: List<Item> }) {
  const { query, items, total, totalIsCapped, hasMore } = list;
  // Where counting stops early, more may be in view than it found.
  const all = total === undefined ? undefined : totalIsCapped ? texts.over(number(Math.max(total, items.length))) : number(total);
  return (
    <div className="table-foot">
      <span role="status">
        {query.isFetchNextPageError ? (
          <span className="bad-text">{texts.broken(problemText(query.error))}</span>
        ) : (
          texts.count(number(items.length), all)
        )}
      </span>
      {hasMore ? (
        <Button size="sm" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {query.isFetchingNextPage ? texts.loading : query.isFetchNextPageError ? texts.again : texts.more}
        </Button>
      ) : null}
    </div>
  );
}
