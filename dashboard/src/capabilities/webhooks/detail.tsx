/** One webhook endpoint: how it fares, what was sent to it, and what can be done about it. */

import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useRead } from '../../api/data.ts';
import { usePaths } from '../../app/paths.ts';
import { useSearch } from '../../app/search.ts';
import { number, relative } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Id, Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { PageOf } from '../../ui/page-of.tsx';
import { Card, Facts, Figure, Page } from '../../ui/page.tsx';
import { Loaded, Note } from '../../ui/states.tsx';
import { Owner } from '../tenants/owner.tsx';
import { Tabs } from '../../ui/choices.tsx';
import { Activity } from '../log/recent.tsx';
import { EndpointActions, type Open } from './actions.tsx';
import { EndpointBadge } from './columns.tsx';
import { Deliveries } from './deliveries.tsx';
import { DeliveryPanel } from './delivery.tsx';
import { EditEndpoint } from './edit.tsx';
import { type Endpoint, useStats } from './model.ts';
import { DeleteEndpoint } from './remove.tsx';
import { Replay } from './replay.tsx';
import { RotateSecret } from './rotate.tsx';
import { type Evidence, SignatureTest } from './signature.tsx';
import { TestEndpoint } from './test.tsx';
import './webhooks.css';

const texts = messages('webhooks.detail', {
  endpoint: 'Webhook endpoint',
  all: 'Webhooks',
  figures: {
    succeeded: 'Succeeded in 24 h',
    failed: 'Given up in 24 h',
    pending: 'Waiting',
    oldest: (when: string) => `the oldest since ${when}`,
    health: 'Last attempts',
    good: 'Good',
    row: (count: number) => (count === 1 ? '1 failed' : `${number(count)} failed`),
    since: (when: string) => `all since ${when}`,
  },
  paused: 'Nothing is sent. What happens meanwhile waits and is sent when you resume.',
  gone: 'It answered 410 Gone, so Carcosa stopped sending. Resume it once it is back; what waited is sent then.',
  failing: 'Nothing has reached it for five days, so Carcosa stopped sending. Resume it once it works; what waited is sent then.',
  deliveries: 'Deliveries',
  about: 'About',
  parts: 'Parts of this endpoint',
  facts: {
    owner: 'Owner',
    url: 'Address',
    description: 'What for',
    events: 'Hears',
    all: 'All events',
    order: 'Order',
    strict: 'Strict: each waits for those before',
    loose: 'None: events may overtake each other',
    rate: 'Rate limit',
    perSecond: (rate: string) => `${rate} in a second`,
    any: 'None',
    headers: 'Headers',
    old: 'Old secret signs until',
    key: 'Public key',
    id: 'Id',
    created: 'Created',
  },
});

export function WebhookPage() {
  const { endpoint: id = '' } = useParams({ strict: false });
  const query = useRead(['webhooks', id], (api, signal) =>
    api.GET('/v1/webhook-endpoints/{webhook_endpoint}', { params: { path: { webhook_endpoint: id } }, signal }),
  );
  return (
    <PageOf query={query} title={texts.endpoint}>
      {(endpoint) => <Shown endpoint={endpoint} />}
    </PageOf>
  );
}

function Shown({ endpoint }: { endpoint: Endpoint }) {
  const to = usePaths();
  const [open, setOpen] = useState<Open>();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [evidence, setEvidence] = useState<Evidence>();
  const [search, set] = useSearch({ delivery: '', tab: '' });
  const title = endpoint.description || new URL(endpoint.url).host;
  return (
    <Page
      title={title}
      badge={<EndpointBadge endpoint={endpoint} live />}
      note={
        <>
          <AppLink href={to.webhooks()}>{texts.all}</AppLink> · <code className="webhooks-url">{endpoint.url}</code>
        </>
      }
      actions={<EndpointActions endpoint={endpoint} open={setOpen} />}
    >
      <Status endpoint={endpoint} />
      <Figures id={endpoint.id} />
      <Tabs
        label={texts.parts}
        value={search.tab === 'about' ? 'about' : ''}
        choices={[
          { value: '', text: texts.deliveries },
          { value: 'about', text: texts.about },
        ]}
        onChange={(tab) => set({ tab })}
      />
      {search.tab === 'about' ? (
        <>
          <About endpoint={endpoint} />
          <Activity targetId={endpoint.id} tenantId={endpoint.tenant_id ?? undefined} />
        </>
      ) : (
        <Deliveries endpoint={endpoint} chosen={chosen} choose={setChosen} replay={() => setOpen('replay')} current={search.delivery} />
      )}
      <DeliveryPanel
        id={search.delivery}
        endpoint={endpoint}
        onClose={() => set({ delivery: '' })}
        check={(found) => {
          setEvidence(found);
          setOpen('signature');
        }}
      />
      <Dialogs
        endpoint={endpoint}
        open={open}
        chosen={chosen}
        evidence={evidence}
        sent={() => setChosen(new Set())}
        onClose={() => {
          setOpen(undefined);
          setEvidence(undefined);
        }}
      />
    </Page>
  );
}

interface DialogsProps {
  endpoint: Endpoint;
  open: Open | undefined;
  /** The deliveries that are to be sent again. */
  chosen: ReadonlySet<string>;
  /** The attempt whose signature is looked at. */
  evidence: Evidence | undefined;
  sent: () => void;
  onClose: () => void;
}

function Dialogs({ endpoint, open, chosen, evidence, sent, onClose }: DialogsProps) {
  return (
    <>
      {open === 'edit' ? <EditEndpoint endpoint={endpoint} onClose={onClose} /> : null}
      {open === 'rotate' ? <RotateSecret endpoint={endpoint} onClose={onClose} /> : null}
      {open === 'test' ? <TestEndpoint endpoint={endpoint} onClose={onClose} /> : null}
      {open === 'replay' ? <Replay endpoint={endpoint} chosen={chosen} onClose={onClose} sent={sent} /> : null}
      <SignatureTest open={open === 'signature'} endpoint={endpoint} evidence={evidence} onClose={onClose} />
      <DeleteEndpoint endpoint={endpoint} open={open === 'delete'} onClose={onClose} />
    </>
  );
}

function Status({ endpoint }: { endpoint: Endpoint }) {
  if (endpoint.status === 'paused') return <Note tone="info">{texts.paused}</Note>;
  if (endpoint.status !== 'disabled') return null;
  return <Note tone="bad">{endpoint.disabled_reason === 'gone' ? texts.gone : texts.failing}</Note>;
}

function Figures({ id }: { id: string }) {
  const stats = useStats(id, { live: true });
  const { figures } = texts;
  return (
    <Loaded query={stats}>
      {(data) => (
        <div className="grid" style={{ '--least': '9rem' } as never}>
          <Figure label={figures.succeeded} value={number(data.succeeded_24h)} />
          <Figure label={figures.failed} value={<span className={data.failed_24h > 0 ? 'bad-text' : ''}>{number(data.failed_24h)}</span>} />
          <Figure
            label={figures.pending}
            value={number(data.pending)}
            note={data.oldest_pending_at ? figures.oldest(relative(data.oldest_pending_at)) : undefined}
          />
          <Figure
            label={figures.health}
            value={data.consecutive_failures > 0 ? <span className="bad-text">{figures.row(data.consecutive_failures)}</span> : data.succeeded_24h > 0 ? figures.good : '–'}
            note={data.failing_since ? figures.since(relative(data.failing_since)) : undefined}
          />
        </div>
      )}
    </Loaded>
  );
}

function About({ endpoint }: { endpoint: Endpoint }) {
  const { facts } = texts;
  const [now] = useState(() => Date.now());
  const old = endpoint.previous_secret_expires_at;
  return (
    <Card title={texts.about}>
      <Facts
        facts={[
          [facts.url, <Id key="url" id={endpoint.url} what="address" />],
          [facts.description, endpoint.description],
          [facts.owner, <Owner key="owner" tenant={endpoint.tenant_id} tab="webhooks" />],
          [facts.events, endpoint.event_types.includes('*') ? facts.all : <code key="events">{endpoint.event_types.join(', ')}</code>],
          [facts.order, endpoint.ordered ? facts.strict : facts.loose],
          [facts.rate, endpoint.rate_limit === null ? facts.any : facts.perSecond(number(endpoint.rate_limit))],
          [facts.headers, endpoint.header_names.length > 0 ? <code key="headers">{endpoint.header_names.join(', ')}</code> : null],
          [facts.old, old && Date.parse(old) > now ? <Time at={old} exact /> : undefined],
          [facts.key, <Id key="key" id={endpoint.public_key} what="public key" />],
          [facts.created, <Time key="created" at={endpoint.created_at} exact />],
          [facts.id, <Id key="id" id={endpoint.id} />],
        ]}
      />
    </Card>
  );
}
