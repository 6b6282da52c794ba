/** What is sent to an endpoint, as it is sent. */

import { useEffect, useRef, useState } from 'react';
import { useList } from '../../api/data.ts';
import { useLiveEvents } from '../../api/live.tsx';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { type SetSearch, useSearch } from '../../app/search.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Badge, Time } from '../../ui/display.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Select } from '../../ui/menu.tsx';
import { Empty, NoMatch } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { type Delivery, type Endpoint, deliveryState, hears, useEventTypes } from './model.ts';

const texts = messages('webhooks.deliveries', {
  title: 'Deliveries',
  live: 'Newest first, as they happen. Those that ended are kept for 30 days.',
  search: 'Event id (evt_…)',
  wrongId: 'An event id is evt_ and 26 characters; this is none.',
  status: 'Status',
  any: 'Any',
  pending: 'Waiting',
  succeeded: 'Succeeded',
  failed: 'Failed',
  canceled: 'Canceled',
  type: 'Event',
  allTypes: 'All',
  tested: 'webhook_endpoint.tested',
  head: { event: 'Event', status: 'Status', answer: 'Answer', attempts: 'Attempts', created: 'Made', next: 'Next attempt' },
  replayed: 'again',
  due: 'due',
  none: 'Nothing was sent yet',
  noneHint: 'Deliveries appear here as events happen. Send a test to see the first one.',
  nothing: 'No delivery matches',
  chosen: (count: number) => counted(count, 'delivery chosen', 'deliveries chosen'),
  again: 'Send again',
  unchoose: 'Clear',
});

const FILTERS = { status: '', type: '', event: '', delivery: '' };
const EVENT_ID = /^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
/** Beyond that many rows, reading all of them again every two seconds is too much. */
const LIVE_ROWS = 150;
const FRESH_MS = 5000;

type Filters = Record<keyof typeof FILTERS, string>;

function useDeliveries(id: string, { status, type, event }: Filters) {
  const [long, setLong] = useState(false);
  const query = {
    limit: 50,
    ...(status ? { status: status as Delivery['status'] } : {}),
    ...(type ? { event_type: type } : {}),
    ...(EVENT_ID.test(event) ? { event_id: event } : {}),
  };
  const list = useList(
    ['webhooks', id, 'deliveries', query],
    (api, after, signal) =>
      api.GET('/v1/webhook-endpoints/{webhook_endpoint}/deliveries', {
        params: { path: { webhook_endpoint: id }, query: { ...query, after } },
        signal,
      }),
    { refetchInterval: long ? false : 2000 },
  );
  if (list.items.length > LIVE_ROWS !== long) setLong(!long);
  return { list, long };
}

export function Deliveries({
  endpoint,
  chosen,
  choose,
  replay,
  current,
}: {
  endpoint: Endpoint;
  chosen: ReadonlySet<string>;
  choose: (ids: ReadonlySet<string>) => void;
  replay: () => void;
  current: string;
}) {
  const to = usePaths();
  const { can } = useProject();
  const [search, set] = useSearch(FILTERS);
  const { list, long } = useDeliveries(endpoint.id, search);
  const wrongId = search.event !== '' && !EVENT_ID.test(search.event);
  // Not instead of a reading that is under way: on a busy endpoint none would ever end.
  useArrivals(endpoint, () => (long ? undefined : void list.query.refetch({ cancelRefetch: false })));
  const filtered = search.status !== '' || search.type !== '' || search.event !== '';
  const fresh = useFresh();
  return (
    <section className="stack" aria-label={texts.title}>
      <Filter search={search} set={set} />
      {wrongId ? <p className="small bad-text">{texts.wrongId}</p> : null}
      <Table
        label={texts.title}
        list={list}
        columns={columnsOf(fresh)}
        idOf={(delivery) => delivery.id}
        nameOf={(delivery) => delivery.event_type}
        href={(delivery) => to.webhook(endpoint.id, { status: search.status, type: search.type, event: search.event, delivery: delivery.id })}
        current={current || undefined}
        {...(can('webhook:send') ? { selection: { ids: chosen, change: choose } } : {})}
        empty={
          filtered ? (
            <NoMatch title={texts.nothing} clear={() => set({ status: '', type: '', event: '' })} />
          ) : (
            <Empty title={texts.none}>{texts.noneHint}</Empty>
          )
        }
      />
      <p className="dim small">{texts.live}</p>
      {chosen.size > 0 ? (
        <div className="selection-bar" role="status">
          <span>{texts.chosen(chosen.size)}</span>
          <Button size="sm" disabled={endpoint.status !== 'enabled'} onClick={replay}>
            {texts.again}
          </Button>
          <Button size="sm" tone="quiet" onClick={() => choose(new Set())}>
            {texts.unchoose}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

function Filter({ search, set }: { search: Filters; set: SetSearch<keyof Filters> }) {
  const types = useEventTypes();
  const names = [texts.tested, ...(types.data?.data ?? []).map((type) => type.name)];
  return (
    <div className="table-bar">
      <SearchField value={search.event} onChange={(event) => set({ event: event.trim() }, { replace: true })} label={texts.search} />
      <Select
        compact
        label={texts.status}
        value={search.status}
        onChange={(status) => set({ status })}
        choices={[
          { value: '', text: texts.any },
          ...(['pending', 'succeeded', 'failed', 'canceled'] as const).map((value) => ({ value, text: texts[value] })),
        ]}
      />
      <Select
        compact
        label={texts.type}
        value={search.type}
        onChange={(type) => set({ type })}
        choices={[{ value: '', text: texts.allTypes }, ...names.map((value) => ({ value, text: value }))]}
      />
    </div>
  );
}

/** Looks at once when something happens that the endpoint hears. */
function useArrivals(endpoint: Endpoint, look: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLiveEvents((event) => {
    if (!endpoint.event_types.some((pattern) => hears(pattern, event.type))) return;
    // The dispatcher makes the delivery a moment after the event.
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      look();
    }, 400);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
}

/** Says of a delivery whether it came while one was looking, just now. */
function useFresh(): (delivery: Delivery) => boolean {
  const [opened] = useState(() => Date.now());
  return (delivery) => {
    const made = Date.parse(delivery.created_at);
    return made > opened && Date.now() - made < FRESH_MS;
  };
}

/** What is due waits for its turn: for those before it, or for an endpoint that fails to recover. */
function NextAttempt({ at }: { at: string | null }) {
  const [opened] = useState(() => Date.now());
  if (!at) return <span className="dim">–</span>;
  return Date.parse(at) < opened ? <span className="dim">{texts.due}</span> : <Time at={at} />;
}

function columnsOf(fresh: (delivery: Delivery) => boolean): Column<Delivery>[] {
  const { head } = texts;
  return [
    {
      key: 'event',
      head: head.event,
      width: 'minmax(9rem, 2fr)',
      cell: (delivery) => (
        <span className={fresh(delivery) ? 'webhooks-fresh' : undefined}>
          {delivery.event_type} {delivery.replay ? <Badge>{texts.replayed}</Badge> : null}
        </span>
      ),
    },
    {
      key: 'status',
      head: head.status,
      width: '7.5rem',
      cell: (delivery) => {
        const { tone, text } = deliveryState(delivery);
        return (
          <Badge tone={tone} dot>
            {text}
          </Badge>
        );
      },
    },
    {
      key: 'answer',
      head: head.answer,
      width: 'minmax(5rem, 1fr)',
      hide: 'md',
      cell: (delivery) => <span className="small dim">{delivery.last_error ?? delivery.last_status_code ?? '–'}</span>,
    },
    { key: 'attempts', head: head.attempts, width: '5rem', align: 'end', hide: 'lg', cell: (delivery) => <span className="numeric">{delivery.attempts}</span> },
    {
      key: 'next',
      head: head.next,
      width: '8rem',
      hide: 'lg',
      cell: (delivery) => <NextAttempt at={delivery.next_attempt_at} />,
    },
    { key: 'created', head: head.created, width: '8rem', hide: 'sm', cell: (delivery) => <Time at={delivery.created_at} /> },
  ];
}
