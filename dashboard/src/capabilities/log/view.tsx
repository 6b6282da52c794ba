/** A log: filters, entries, the tail, and one entry at the side. The same for a project, a tenant and the installation. */

import { Pause, Play, ScrollText } from 'lucide-react';
import { useMemo } from 'react';
import { type List, useList } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { date, dateTime, precise, relative } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Switch } from '../../ui/fields.tsx';
import { Empty, NoMatch } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { EntryPanel } from './entry-panel.tsx';
import { FilterBar } from './filter-bar.tsx';
import { type LogFilters, useLogFilters } from './filters.ts';
import { ActorIcon, Sentence } from './sentence.tsx';
import type { AuditEntry } from './sentences.ts';
import type { Source } from './source.ts';
import { NEWEST, type Tail, useTail } from './tail.ts';
import './log.css';

const texts = messages('log-view', {
  label: 'Entries of the log',
  time: 'Time',
  what: 'What happened',
  ip: 'IP address',
  action: 'Action',
  live: 'Live',
  pause: 'Pause',
  resume: 'Go on',
  news: (count: number) => counted(count, 'new entry', 'new entries'),
  none: 'Nothing has happened yet',
  noneHint: 'Every change is recorded here, with who made it, from where, and what it changed. Nobody can alter it afterwards.',
  noMatch: 'No entry fits these filters',
  noMatchHint: 'Entries older than the project keeps its log are gone.',
});

const PAGE = 50;

export function LogView({ source }: { source: Source }) {
  const { api } = useScope();
  const filters = useLogFilters(source);
  const { values, query, set } = filters;
  const on = values.live === '1';
  // Not among what events refresh: rows must not move under who reads them. The tail puts what is new on top.
  const list = useList<AuditEntry>(['log', source.name, query], (client, after, signal) =>
    source.load(client, { ...query, limit: PAGE, after }, signal),
  );
  const tail = useTail({
    on,
    key: JSON.stringify([source.name, query]),
    top: list.query.isPlaceholderData ? undefined : list.items[0]?.position,
    newest: async () => (await source.load(api, { ...query, limit: NEWEST }, new AbortController().signal)).data?.data ?? [],
    lost: () => void list.query.refetch(),
  });
  const shown = useShown(list, tail);
  const columns = useMemo(() => columnsOf(source.tenant), [source.tenant]);
  return (
    <>
      <FilterBar filters={filters} source={source}>
        {on ? <Pauser tail={tail} /> : null}
        <Switch showLabel on={on} label={texts.live} onChange={(next) => set({ live: next ? '1' : '' }, { replace: true })} />
      </FilterBar>
      <div className="log-list">
        {tail.waiting.length > 0 ? <News tail={tail} /> : null}
        <Table
          label={texts.label}
          list={shown}
          columns={columns}
          idOf={(entry) => entry.id}
          nameOf={(entry) => entry.action}
          href={(entry) => filters.entryHref(entry.id)}
          current={values.entry || undefined}
          empty={<NoEntries filters={filters} />}
        />
      </div>
      <EntryPanel filters={filters} source={source} known={shown.items} />
    </>
  );
}

/** The list with what came since on top, each entry once. */
function useShown(list: List<AuditEntry>, tail: Tail): List<AuditEntry> {
  const { fresh } = tail;
  return useMemo(() => {
    if (fresh.length === 0) return list;
    const known = new Set(list.items.map((entry) => entry.id));
    return { ...list, items: [...fresh.filter((entry) => !known.has(entry.id)), ...list.items] };
  }, [list, fresh]);
}

function Pauser({ tail: { paused, setPaused, show } }: { tail: Tail }) {
  const press = () => {
    if (paused) show();
    setPaused(!paused);
  };
  return (
    <Button tone="quiet" icon={paused ? <Play aria-hidden /> : <Pause aria-hidden />} onClick={press}>
      {paused ? texts.resume : texts.pause}
    </Button>
  );
}

function News({ tail }: { tail: Tail }) {
  const show = () => {
    tail.show();
    globalThis.scrollTo({ top: 0, behavior: 'smooth' });
  };
  return (
    <div className="log-news" role="status">
      <Button tone="primary" size="sm" onClick={show}>
        {texts.news(tail.waiting.length)}
      </Button>
    </div>
  );
}

const columnsOf = (tenant: string | undefined): readonly Column<AuditEntry>[] => [
  {
    key: 'time',
    head: texts.time,
    width: '7.25rem',
    cell: (entry) => <Moment at={entry.created_at} />,
  },
  {
    key: 'what',
    head: texts.what,
    width: 'minmax(0, 4fr)',
    cell: (entry) => (
      <span className="log-what">
        <ActorIcon kind={entry.actor.kind} />
        <span className="log-sentence">
          <Sentence entry={entry} self={tenant} />
        </span>
      </span>
    ),
  },
  { key: 'action', head: texts.action, width: '10.5rem', hide: 'md', cell: (entry) => <code className="dim small">{entry.action}</code> },
  { key: 'ip', head: texts.ip, width: '7.5rem', hide: 'lg', cell: (entry) => <code className="dim small">{entry.ip}</code> },
];

/** To the millisecond, since the order matters here; below it the day, or how long ago it was today. */
function Moment({ at }: { at: string }) {
  const today = new Date(at).toDateString() === new Date().toDateString();
  return (
    <time dateTime={at} title={dateTime(at)} className="log-time">
      {precise(at)}
      <span className="dim">{today ? relative(at) : date(at)}</span>
    </time>
  );
}

function NoEntries({ filters }: { filters: LogFilters }) {
  if (filters.count === 0) return <Empty icon={<ScrollText aria-hidden />} title={texts.none}>{texts.noneHint}</Empty>;
  return (
    <NoMatch title={texts.noMatch} clear={filters.clear}>
      {texts.noMatchHint}
    </NoMatch>
  );
}
