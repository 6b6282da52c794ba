/** One API key: what it is, how it is used, what it may do, how much. */

import { useParams } from '@tanstack/react-router';
import { Ellipsis, Pencil, RotateCw, ShieldAlert, Trash2 } from 'lucide-react';
import { type CSSProperties, useState } from 'react';
import { ifMatch, useAction, useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { dateTime } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Id, Json, Time } from '../../ui/display.tsx';
import { Switch } from '../../ui/fields.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageOf } from '../../ui/page-of.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { Note } from '../../ui/states.tsx';
import { Activity } from '../log/recent.tsx';
import { KeyBadge } from './columns.tsx';
import { CreditsCard } from './credits.tsx';
import { EditKey } from './edit.tsx';
import { ReportLeak } from './leak.tsx';
import { type ApiKey, maskOf, stateOf } from './model.ts';
import { Owner, useOwner } from '../tenants/owner.tsx';
import { RateCard } from './rate.tsx';
import { RevokeKey } from './revoke.tsx';
import { RotateKey } from './rotate.tsx';
import { ScopesCard } from './scopes-card.tsx';
import { UsageCard } from './usage.tsx';
import { AppLink } from '../../ui/link.tsx';

const texts = messages('keys.detail', {
  key: 'API key',
  all: 'API keys',
  on: 'On',
  edit: 'Edit',
  rotate: 'Rotate',
  revoke: 'Revoke',
  leak: 'Report a leak',
  more: 'More actions',
  about: 'About',
  metadata: 'Metadata',
  json: 'Metadata as JSON',
  facts: {
    secret: 'Secret',
    id: 'Id',
    owner: 'Owner',
    used: 'Last used',
    expires: 'Expires',
    never: 'Never',
    from: 'Works from',
    anywhere: 'Anywhere',
    created: 'Created',
    changed: 'Changed',
    revoked: 'Revoked',
  },
  revoked: 'This key is revoked. It stays in the list so that a verification can tell it from an unknown one.',
  old: (when: string) => `The secret from before the last rotation works until ${when}.`,
  tenant: (status: string) => `Its tenant is ${status}, so the key does not work, whatever its own state.`,
});

export function KeyPage() {
  const { key: id = '' } = useParams({ strict: false });
  const query = useRead(['keys', id], (api, signal) => api.GET('/v1/keys/{api_key}', { params: { path: { api_key: id } }, signal }));
  return (
    <PageOf query={query} title={texts.key}>
      {(key) => <Shown apiKey={key} />}
    </PageOf>
  );
}

type Open = 'edit' | 'rotate' | 'revoke' | 'leak' | undefined;

function Shown({ apiKey }: { apiKey: ApiKey }) {
  const to = usePaths();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  return (
    <Page
      title={apiKey.name}
      badge={<KeyBadge apiKey={apiKey} />}
      note={
        <>
          <AppLink href={to.keys()}>{texts.all}</AppLink> · <code>{maskOf(apiKey)}</code>
        </>
      }
      actions={<Actions apiKey={apiKey} open={setOpen} />}
    >
      <Warnings apiKey={apiKey} />
      <UsageCard id={apiKey.id} />
      <div className="grid" style={{ '--least': '24rem' } as CSSProperties}>
        <div className="stack">
          <About apiKey={apiKey} />
          <CreditsCard apiKey={apiKey} />
        </div>
        <div className="stack">
          <ScopesCard apiKey={apiKey} />
          <RateCard apiKey={apiKey} />
          {Object.keys(apiKey.metadata).length > 0 ? (
            <Card title={texts.metadata}>
              <Json value={apiKey.metadata} label={texts.json} />
            </Card>
          ) : null}
        </div>
      </div>
      <Activity targetId={apiKey.id} tenantId={apiKey.tenant_id ?? undefined} />
      {open === 'edit' ? <EditKey apiKey={apiKey} onClose={close} /> : null}
      {open === 'rotate' ? <RotateKey apiKey={apiKey} onClose={close} /> : null}
      <RevokeKey apiKey={apiKey} open={open === 'revoke'} onClose={close} />
      <ReportLeak open={open === 'leak'} onClose={close} />
    </Page>
  );
}

function Actions({ apiKey, open }: { apiKey: ApiKey; open: (what: Open) => void }) {
  const { can } = useProject();
  const turn = useAction({
    run: (api, enabled: boolean) =>
      api.PATCH('/v1/keys/{api_key}', { params: { path: { api_key: apiKey.id } }, body: { enabled }, headers: ifMatch(apiKey.version) }),
    optimistic: (enabled) => ({ id: apiKey.id, changes: { enabled } }),
    refresh: ['keys', 'audit'],
  });
  if (apiKey.revoked_at) return null;
  return (
    <>
      {can('key:update') ? <Switch on={apiKey.enabled} onChange={(on) => turn.mutate(on)} disabled={turn.isPending} label={texts.on} showLabel /> : null}
      {can('key:rotate') ? (
        <Button icon={<RotateCw aria-hidden />} onClick={() => open('rotate')}>
          {texts.rotate}
        </Button>
      ) : null}
      <Menu
        trigger={
          <Button square aria-label={texts.more}>
            <Ellipsis aria-hidden />
          </Button>
        }
        groups={[
          can('key:update') ? [{ text: texts.edit, icon: <Pencil aria-hidden />, run: () => open('edit') }] : [],
          can('key:delete')
            ? [
                { text: texts.leak, icon: <ShieldAlert aria-hidden />, run: () => open('leak') },
                { text: texts.revoke, icon: <Trash2 aria-hidden />, tone: 'danger', run: () => open('revoke') },
              ]
            : [],
        ]}
      />
    </>
  );
}

function Warnings({ apiKey }: { apiKey: ApiKey }) {
  const owner = useOwner(apiKey.tenant_id);
  const [now] = useState(() => Date.now());
  const { previous_secret_expires_at: old } = apiKey;
  const status = owner.data?.status;
  const oldWorks = old !== null && Date.parse(old) > now && !apiKey.revoked_at;
  return (
    <>
      {apiKey.revoked_at ? <Note tone="info">{texts.revoked}</Note> : null}
      {status && status !== 'active' && stateOf(apiKey).state === 'active' ? <Note tone="warn">{texts.tenant(status)}</Note> : null}
      {oldWorks && old ? <Note tone="warn">{texts.old(dateTime(old))}</Note> : null}
    </>
  );
}

function About({ apiKey }: { apiKey: ApiKey }) {
  const { facts } = texts;
  return (
    <Card title={texts.about}>
      <Facts
        facts={[
          [facts.owner, <Owner key="owner" tenant={apiKey.tenant_id} tab="keys" />],
          [facts.used, <Time key="used" at={apiKey.last_used_at} />],
          [facts.expires, apiKey.expires_at ? <Time at={apiKey.expires_at} exact /> : facts.never],
          [
            facts.from,
            apiKey.allowed_ips.length === 0 ? (
              facts.anywhere
            ) : (
              <ul key="ips">
                {apiKey.allowed_ips.map((ip) => (
                  <li key={ip}>
                    <code>{ip}</code>
                  </li>
                ))}
              </ul>
            ),
          ],
          [facts.revoked, apiKey.revoked_at ? <Time at={apiKey.revoked_at} exact /> : undefined],
          [facts.created, <Time key="created" at={apiKey.created_at} exact />],
          [facts.changed, <Time key="changed" at={apiKey.updated_at} />],
          [facts.id, <Id key="id" id={apiKey.id} />],
        ]}
      />
    </Card>
  );
}
