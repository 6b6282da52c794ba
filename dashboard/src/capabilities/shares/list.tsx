/** What a tenant lets others use, and what others let it use. */

import type { Schemas } from '@carcosa/client';
import { Share2 } from 'lucide-react';
import { useState } from 'react';
import { useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CreateButton } from '../../ui/create-button.tsx';
import { Badge, Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { TenantLink } from '../tenants/parts.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { CreateShare } from './create.tsx';
import { RevokeShare } from './revoke.tsx';

export type Share = Schemas['Share'];
type Direction = 'granted' | 'received';

const texts = messages('shares', {
  title: 'Shares',
  direction: 'Direction',
  directions: { granted: 'Given to others', received: 'Received from others' } satisfies Record<Direction, string>,
  create: 'Share a resource',
  none: { granted: 'Nothing shared', received: 'Nothing received' } satisfies Record<Direction, string>,
  hints: {
    granted: 'A share lets another tenant use one resource of this one, such as a folder, in a role that your application understands.',
    received: 'No other tenant lets this one use anything of theirs. They share from their own page.',
  } satisfies Record<Direction, string>,
  resource: 'Resource',
  role: 'Role',
  other: { granted: 'Used by', received: 'Shared by' } satisfies Record<Direction, string>,
  expires: 'Ends',
  open: 'when revoked',
  created: 'Since',
  actions: 'Actions',
  revoke: 'Revoke',
  revokeOf: (resource: string) => `Revoke the share of ${resource}`,
});

function columns(direction: Direction, revoke: ((share: Share) => void) | undefined): Column<Share>[] {
  return [
    { key: 'resource', head: texts.resource, width: 'minmax(5rem, 2fr)', cell: (share) => <span className="mono">{share.resource}</span> },
    { key: 'role', head: texts.role, width: 'minmax(5rem, 1fr)', hide: 'sm', cell: (share) => <Badge>{share.role}</Badge> },
    {
      key: 'other',
      head: texts.other[direction],
      width: 'minmax(5rem, 1.5fr)',
      cell: (share) => <TenantLink id={direction === 'granted' ? share.grantee_id : share.tenant_id} />,
    },
    {
      key: 'expires',
      head: texts.expires,
      width: '8rem',
      hide: 'md',
      cell: (share) => (share.expires_at ? <Time at={share.expires_at} /> : <span className="dim">{texts.open}</span>),
    },
    { key: 'created', head: texts.created, width: '8rem', hide: 'lg', cell: (share) => <Time at={share.created_at} /> },
    ...(revoke
      ? [
          {
            key: 'revoke',
            head: texts.actions,
            width: '4.75rem',
            align: 'end' as const,
            cell: (share: Share) => (
              <Button size="sm" tone="danger" aria-label={texts.revokeOf(share.resource)} onClick={() => revoke(share)}>
                {texts.revoke}
              </Button>
            ),
          },
        ]
      : []),
  ];
}

export function TenantShares() {
  const { tenant, to } = useTenant();
  const { can } = useProject();
  const [search, set] = useSearch({ direction: 'granted', new: '' });
  const direction: Direction = search.direction === 'received' ? 'received' : 'granted';
  const [revoking, setRevoking] = useState<Share>();
  const list = useList<Share>(['shares', tenant.id, direction], (api, after, signal) =>
    api.GET('/v1/tenants/{tenant}/shares', {
      params: { path: { tenant: tenant.id }, query: { direction, limit: 50, after } },
      signal,
    }),
  );
  const allowed = can('share:create') && tenant.status !== 'deleted';
  const create = (tone: 'primary' | 'plain') => (
    <CreateButton tone={tone} onClick={() => set({ new: '1' })}>{texts.create}</CreateButton>
  );
  return (
    <div className="stack">
      <div className="row" data-apart>
        <nav className="pills" aria-label={texts.direction}>
          {(['granted', 'received'] as const).map((one) => (
            <span key={one} className="pill" data-current={one === direction || undefined}>
              <AppLink
                href={to.tenant(tenant.id, 'shares', one === 'granted' ? {} : { direction: one })}
                aria-current={one === direction ? 'page' : undefined}
              >
                {texts.directions[one]}
              </AppLink>
            </span>
          ))}
        </nav>
        {allowed && list.items.length > 0 ? create('primary') : null}
      </div>
      <Table
        label={texts.title}
        list={list}
        columns={columns(direction, direction === 'granted' && can('share:delete') ? setRevoking : undefined)}
        idOf={(share) => share.id}
        nameOf={(share) => share.resource}
        empty={
          <Empty icon={<Share2 aria-hidden />} title={texts.none[direction]} action={allowed && direction === 'granted' ? create('plain') : null}>
            {texts.hints[direction]}
          </Empty>
        }
      />
      {search.new && allowed ? <CreateShare onClose={() => set({ new: '' })} /> : null}
      {revoking ? <RevokeShare share={revoking} onClose={() => setRevoking(undefined)} /> : null}
    </div>
  );
}
