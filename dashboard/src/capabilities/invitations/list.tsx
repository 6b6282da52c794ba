/** Offers of memberships in a tenant: who was invited, and what came of it. */

import { ListPlus, Mail } from 'lucide-react';
import { useMemo, useState } from 'react';
import { ifMatch, useAction, useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CreateButton } from '../../ui/create-button.tsx';
import { Ask } from '../../ui/dialog.tsx';
import { TextFilter } from '../../ui/fields.tsx';
import { Select } from '../../ui/menu.tsx';
import { Empty, NoMatch } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { useRoleNames } from '../roles/data.ts';
import { useTenant } from '../tenants/tenant.tsx';
import { InviteMany } from './bulk.tsx';
import { invitationColumns, named } from './columns.tsx';
import { Handed } from './handed.tsx';
import { Invite } from './invite.tsx';
import { type Invitation, type InvitationWithToken, STATUSES, recipient, statusText } from './parts.tsx';

const texts = messages('invitations', {
  title: 'Invitations',
  invite: 'Invite',
  many: 'Invite many',
  filter: 'Exact e-mail address',
  status: 'Status',
  any: 'Any',
  revokeTitle: 'Revoke this invitation?',
  revokeWhat: (who: string) => `The link of ${who} stops working at once. Nobody is told; you can invite them again.`,
  revokeLink: 'The link stops working at once, whoever has it.',
  revokeYes: 'Revoke invitation',
  revoked: 'The invitation is revoked.',
  none: 'Nobody is invited',
  noneHint: 'An invitation offers a role in this tenant, by e-mail or as a link. Whoever accepts becomes a member.',
  nothing: 'No invitation matches',
});

const DEFAULTS = { status: '', email: '', new: '' };

export function TenantInvitations() {
  const { can } = useProject();
  const { tenant } = useTenant();
  const [search, set] = useSearch(DEFAULTS);
  const { status, email } = search;
  const list = useInvitations(tenant.id, status, email);
  const [handed, setHanded] = useState<InvitationWithToken>();
  const [revoking, setRevoking] = useState<Invitation>();
  const roleName = useRoleNames(tenant.id, { enabled: can('role:read') });
  const columns = useMemo(() => invitationColumns(roleName, setHanded, setRevoking), [roleName]);
  const close = () => set({ new: '' }, { replace: true });
  const create = (how: string) => set({ new: how });
  return (
    <div className="stack menu-last">
      <div className="table-bar">
        <Select
          compact
          label={texts.status}
          value={status}
          choices={[{ value: '', text: texts.any }, ...STATUSES.map((one) => ({ value: one as string, text: statusText(one) }))]}
          onChange={(next) => set({ status: next })}
        />
        <TextFilter label={texts.filter} value={email} onChange={(next) => set({ email: next }, { replace: true })} />
        <span className="table-bar-end">
          <Buttons create={create} />
        </span>
      </div>
      <Table
        label={texts.title}
        list={list}
        columns={columns}
        idOf={(one) => one.id}
        nameOf={recipient}
        empty={<None filtered={status !== '' || email !== ''} clear={() => set({ status: '', email: '' })} create={create} />}
      />
      {search.new === '1' && can('invitation:create') ? (
        <Invite
          onClose={close}
          onMany={() => set({ new: 'many' }, { replace: true })}
          done={(invitation) => {
            close();
            setHanded(invitation);
          }}
        />
      ) : null}
      {search.new === 'many' && can('invitation:create') ? <InviteMany onClose={close} /> : null}
      {handed ? <Handed invitation={handed} onClose={() => setHanded(undefined)} /> : null}
      {revoking ? <Revoke invitation={revoking} onClose={() => setRevoking(undefined)} /> : null}
    </div>
  );
}

function useInvitations(tenant: string, status: string, email: string) {
  return useList<Invitation>(['invitations', tenant, { status, email }], (api, after, signal) =>
    api.GET('/v1/tenants/{tenant}/invitations', {
      params: {
        path: { tenant },
        query: {
          limit: 50,
          after,
          ...(STATUSES.includes(status as never) ? { status: status as Invitation['status'] } : {}),
          ...(email === '' ? {} : { email }),
        },
      },
      signal,
    }),
  );
}

function Buttons({ create }: { create: (how: string) => void }) {
  const { can } = useProject();
  if (!can('invitation:create')) return null;
  return (
    <span className="row">
      <Button icon={<ListPlus aria-hidden />} onClick={() => create('many')}>
        {texts.many}
      </Button>
      <CreateButton onClick={() => create('1')}>{texts.invite}</CreateButton>
    </span>
  );
}

function None({ filtered, clear, create }: { filtered: boolean; clear: () => void; create: (how: string) => void }) {
  if (filtered) return <NoMatch title={texts.nothing} clear={clear} />;
  return (
    <Empty icon={<Mail aria-hidden />} title={texts.none} action={<Buttons create={create} />}>
      {texts.noneHint}
    </Empty>
  );
}

function Revoke({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const action = useAction<void, unknown>({
    run: (api) =>
      api.POST('/v1/tenants/{tenant}/invitations/{invitation}/revoke', {
        params: named(invitation),
        headers: ifMatch(invitation.version),
      }),
    refresh: ['invitations'],
    said: () => texts.revoked,
    done: onClose,
    failure: 'caller',
  });
  return (
    <Ask
      open
      onClose={onClose}
      title={texts.revokeTitle}
      yes={texts.revokeYes}
      busy={action.isPending}
      error={action.error}
      run={() => action.mutate()}
    >
      <p>{invitation.email ? texts.revokeWhat(invitation.email) : texts.revokeLink}</p>
    </Ask>
  );
}
