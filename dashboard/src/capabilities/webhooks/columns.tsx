import { number, percent } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Badge, Time } from '../../ui/display.tsx';
import type { Column } from '../../ui/table.tsx';
import { Owner } from '../tenants/owner.tsx';
import { type Endpoint, patternsText, stateOf, useStats } from './model.ts';

const texts = messages('webhooks.columns', {
  url: 'Address',
  description: 'What for',
  owner: 'Owner',
  status: 'Status',
  events: 'Hears',
  success: 'Last 24 h',
  created: 'Created',
  of: (share: string, count: string) => `${share} of ${count}`,
  idle: 'nothing sent',
});

export function EndpointBadge({ endpoint, live }: { endpoint: Endpoint; live?: boolean }) {
  const stats = useStats(endpoint.id, { live });
  const { tone, text } = stateOf(endpoint, stats.data);
  return (
    <Badge tone={tone} dot>
      {text}
    </Badge>
  );
}

function Success({ id }: { id: string }) {
  const stats = useStats(id);
  if (!stats.data) return <span className="dim">–</span>;
  const { succeeded_24h: good, failed_24h: bad } = stats.data;
  if (good + bad === 0) return <span className="dim small">{texts.idle}</span>;
  return <span className={bad > 0 ? 'numeric bad-text' : 'numeric'}>{texts.of(percent(good / (good + bad)), number(good + bad))}</span>;
}

/** Columns of a list of endpoints; the owner's where they are not one tenant's. */
export function columns(withOwner: boolean): Column<Endpoint>[] {
  const owner: Column<Endpoint> = {
    key: 'owner',
    head: texts.owner,
    width: 'minmax(5rem, 0.7fr)',
    hide: 'lg',
    cell: (endpoint) => <Owner tenant={endpoint.tenant_id} tab="webhooks" />,
  };
  return [
    { key: 'url', head: texts.url, width: 'minmax(10rem, 2fr)', cell: (endpoint) => <span title={endpoint.url}>{endpoint.url.replace(/^https:\/\//, '')}</span> },
    { key: 'description', head: texts.description, width: 'minmax(6rem, 1fr)', hide: 'md', cell: (endpoint) => <span className="dim">{endpoint.description ?? '–'}</span> },
    ...(withOwner ? [owner] : []),
    { key: 'status', head: texts.status, width: '9.5rem', cell: (endpoint) => <EndpointBadge endpoint={endpoint} /> },
    {
      key: 'events',
      head: texts.events,
      width: 'minmax(7rem, 1fr)',
      hide: 'lg',
      cell: (endpoint) => (
        <span className="small" title={endpoint.event_types.join(', ')}>
          {patternsText(endpoint.event_types)}
        </span>
      ),
    },
    { key: 'success', head: texts.success, width: '8rem', hide: 'sm', cell: (endpoint) => <Success id={endpoint.id} /> },
    { key: 'created', head: texts.created, width: '8rem', hide: 'lg', cell: (endpoint) => <Time at={endpoint.created_at} /> },
  ];
}
