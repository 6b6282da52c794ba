import { RefreshCw } from 'lucide-react';
import { useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { useSearch } from '../../app/search.ts';
import { number, percent } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { CreateButton } from '../../ui/create-button.tsx';
import { Badge, Code, Meter, Time } from '../../ui/display.tsx';
import { Hint } from '../../ui/menu.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { SyncClientForm } from './form.tsx';
import { type SyncClient, kindName, lagText, millis, progressText, statusMeaning, statusTone, statusWord } from './model.ts';
import './sync.css';

const texts = messages('sync', {
  title: 'Sync',
  note: 'Copies of tenants and people that other systems keep, and how they fare by their own reports.',
  register: 'Register a copy',
  label: 'Sync clients',
  name: 'Name',
  status: 'Status',
  lag: 'Behind',
  rate: 'Last 24 hours',
  ofRuns: (share: string, runs: string) => `${share} of ${runs}`,
  durations: 'Usual time',
  p: (p50: string, p95: string) => `${p50}, at most ${p95}`,
  durationsHint: 'Half of its runs take no longer than the first, 95 % no longer than the second.',
  drift: 'Drift',
  equal: 'none',
  never: 'not compared',
  seen: 'Last heard',
  nothing: '–',
  error: 'Last failure',
  empty: 'No copies are registered',
  emptyHint:
    'An application, a search index or a warehouse can keep a copy of tenants, users, roles and memberships. It takes a snapshot, follows changes, compares now and then, and reports, so that you see here when it falls behind.',
  snapshot: 'Take a snapshot',
  follow: 'Follow what changes after it',
  console: 'See the same on the server',
});

const EVERY_MS = 5000;

export function SyncClients() {
  const { can } = useProject();
  const to = usePaths();
  const [search, set] = useSearch({ new: '' });
  const list = useList<SyncClient>(
    ['sync', 'list'],
    (api, after, signal) => api.GET('/v1/sync/clients', { params: { query: { limit: 50, after } }, signal }),
    { refetchInterval: EVERY_MS },
  );
  const register = can('sync:create') ? (
    <CreateButton onClick={() => set({ new: '1' })}>{texts.register}</CreateButton>
  ) : null;
  return (
    <Page title={texts.title} note={texts.note} actions={list.items.length > 0 ? register : null}>
      <Table
        label={texts.label}
        list={list}
        columns={COLUMNS}
        idOf={(client) => client.id}
        nameOf={(client) => client.name}
        href={(client) => to.syncClient(client.id)}
        empty={<NoClients action={register} />}
      />
      {can('sync:create') ? <SyncClientForm open={search.new === '1'} onClose={() => set({ new: '' })} /> : null}
    </Page>
  );
}

const COLUMNS: readonly Column<SyncClient>[] = [
  { key: 'name', head: texts.name, width: 'minmax(0, 2fr)', cell: (client) => client.name },
  { key: 'status', head: texts.status, width: 'minmax(7rem, 1.2fr)', cell: (client) => <Status client={client} /> },
  { key: 'lag', head: texts.lag, width: 'minmax(0, 1.2fr)', hide: 'sm', cell: ({ health }) => lagText(health.lag) ?? <Dash /> },
  { key: 'rate', head: texts.rate, width: '8rem', hide: 'md', cell: (client) => <Rate client={client} /> },
  { key: 'drift', head: texts.drift, width: '7rem', hide: 'md', cell: (client) => <Drift client={client} /> },
  { key: 'durations', head: texts.durations, width: '11rem', hide: 'lg', cell: (client) => <Durations client={client} /> },
  { key: 'seen', head: texts.seen, width: '8rem', hide: 'sm', cell: (client) => <Time at={client.health.last_seen_at} /> },
];

const Dash = () => <span className="dim">{texts.nothing}</span>;

function Status({ client: { health } }: { client: SyncClient }) {
  const error = health.status === 'failing' ? health.last_error : null;
  return (
    <div className="sync-status">
      <span className="above">
        <Hint text={error ? `${texts.error}: ${error}` : statusMeaning(health.status)}>
          <span>
            <Badge dot tone={statusTone(health.status)}>
              {statusWord(health.status)}
            </Badge>
          </span>
        </Hint>
      </span>
      {health.progress ? (
        <span className="sync-progress" title={progressText(health.progress)}>
          {health.progress.total ? (
            <Meter value={health.progress.objects / health.progress.total} label={`${kindName(health.progress.kind)}: ${progressText(health.progress)}`} />
          ) : (
            <span className="dim small clip">{progressText(health.progress)}</span>
          )}
        </span>
      ) : error ? (
        <span className="dim small clip" title={error}>
          {error}
        </span>
      ) : null}
    </div>
  );
}

function Rate({ client: { health } }: { client: SyncClient }) {
  if (health.success_rate_24h === null) return <Dash />;
  const tone = health.success_rate_24h < 0.9 ? 'bad-text' : health.failed_24h > 0 ? 'warn-text' : undefined;
  return (
    <span className={tone}>{texts.ofRuns(percent(health.success_rate_24h), number(health.succeeded_24h + health.failed_24h))}</span>
  );
}

function Drift({ client: { health } }: { client: SyncClient }) {
  if (health.differences === null) return <span className="dim">{texts.never}</span>;
  if (health.differences === 0) return <span className="good-text">{texts.equal}</span>;
  return <span className="warn-text">{number(health.differences)}</span>;
}

/** Of following changes if it does, else of whatever it does. */
function Durations({ client: { health } }: { client: SyncClient }) {
  const [found] = [health.durations.changes, ...Object.values(health.durations)].filter((one) => one !== undefined);
  if (!found) return <Dash />;
  return <span title={texts.durationsHint}>{texts.p(millis(found.p50), millis(found.p95))}</span>;
}

function NoClients({ action }: { action: React.ReactNode }) {
  const url = globalThis.location.origin;
  return (
    <Empty icon={<RefreshCw aria-hidden />} title={texts.empty} action={action}>
      <p>{texts.emptyHint}</p>
      <div className="stack sync-snippets">
        <Snippet title={texts.snapshot} text={`curl --compressed -H "authorization: Bearer $KEY" \\\n  "${url}/v1/sync/snapshot"`} />
        <Snippet title={texts.follow} text={`curl -H "authorization: Bearer $KEY" \\\n  "${url}/v1/sync/changes?since=$CURSOR&wait=25"`} />
        <Snippet title={texts.console} text="carcosa sync clients" />
      </div>
    </Empty>
  );
}

function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <p className="small strong">{title}</p>
      <Code text={text} label={title} />
    </div>
  );
}
