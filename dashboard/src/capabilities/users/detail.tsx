/** One user: who they are, where they belong, what they did. */

import { useNavigate, useParams } from '@tanstack/react-router';
import { Ban, CircleCheck, Ellipsis, Pencil, ShieldQuestion, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { type List, ifMatch, useAction, useList, useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Id, Time } from '../../ui/display.tsx';
import { Unsaved } from '../../ui/leaving.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageOf } from '../../ui/page-of.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { Activity } from '../log/recent.tsx';
import { EditUser } from './edit.tsx';
import { DeleteUser, DisableUser } from './end.tsx';
import { type UserMembership, UserMemberships } from './memberships.tsx';
import { Metadata } from './metadata.tsx';
import { type User, UserStatusBadge, userName } from './status.tsx';

const texts = messages('user', {
  user: 'User',
  edit: 'Edit',
  more: 'More actions',
  check: 'What can they do?',
  disable: 'Disable…',
  enable: 'Enable',
  enabled: (name: string) => `${name} is enabled. Their memberships count again.`,
  remove: 'Delete…',
  details: 'Details',
  name: 'Name',
  email: 'E-mail address',
  external: 'External id',
  id: 'Id',
  created: 'Created',
  updated: 'Last changed',
});

export function UserPage() {
  const { user: id = '' } = useParams({ strict: false });
  const query = useRead(['users', id], (api, signal) => api.GET('/v1/users/{user}', { params: { path: { user: id } }, signal }));
  return (
    <PageOf query={query} title={texts.user}>
      {(user) => <Shown user={user} />}
    </PageOf>
  );
}

type Doing = 'edit' | 'disable' | 'delete' | undefined;

function Shown({ user }: { user: User }) {
  const to = usePaths();
  const navigate = useNavigate();
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const memberships = useList<UserMembership>(['members', 'of-user', user.id], (api, after, signal) =>
    api.GET('/v1/users/{user}/memberships', { params: { path: { user: user.id }, query: { limit: 100, after } }, signal }),
  );
  return (
    <Page
      title={userName(user)}
      badge={<UserStatusBadge status={user.status} />}
      note={user.name ? user.email : undefined}
      actions={<Actions user={user} start={setDoing} />}
    >
      <UserMemberships user={user} list={memberships} />
      <div className="columns" style={{ '--first': '5fr', '--second': '4fr' } as never}>
        <div className="stack">
          <Details user={user} edit={() => setDoing('edit')} />
          <Unsaved>
            <Metadata user={user} />
          </Unsaved>
        </div>
        <Activity targetId={user.id} />
      </div>
      {doing === 'edit' ? <EditUser user={user} onClose={close} /> : null}
      <DisableUser user={user} reach={reach(memberships)} open={doing === 'disable'} onClose={close} />
      <DeleteUser
        user={user}
        reach={reach(memberships)}
        open={doing === 'delete'}
        onClose={close}
        done={() => void navigate({ to: to.users(), replace: true, ignoreBlocker: true })}
      />
    </Page>
  );
}

/** How many memberships would be concerned, as far as they have been read. */
export interface Reach {
  memberships: number;
  tenants: number;
  more: boolean;
}
const reach = (list: List<UserMembership>): Reach | undefined =>
  list.query.isSuccess
    ? { memberships: list.items.length, tenants: new Set(list.items.map((one) => one.tenant_id)).size, more: list.hasMore }
    : undefined;

function Actions({ user, start }: { user: User; start: (doing: Doing) => void }) {
  const { can } = useProject();
  const to = usePaths();
  const enable = useAction<void, unknown>({
    run: (api) =>
      api.POST('/v1/users/{user}/enable', { params: { path: { user: user.id } }, headers: ifMatch(user.version) }),
    refresh: ['users', 'members'],
    optimistic: () => ({ id: user.id, changes: { status: 'active' } }),
    said: () => texts.enabled(userName(user)),
  });
  const status =
    user.status === 'active'
      ? { text: texts.disable, icon: <Ban aria-hidden />, run: () => start('disable') }
      : { text: texts.enable, icon: <CircleCheck aria-hidden />, run: () => enable.mutate() };
  const groups = [
    can('user:update') ? [{ text: texts.edit, icon: <Pencil aria-hidden />, run: () => start('edit') }, status] : [],
    can('user:delete') ? [{ text: texts.remove, icon: <Trash2 aria-hidden />, tone: 'danger' as const, run: () => start('delete') }] : [],
  ];
  return (
    <>
      {can('access:check') ? (
        <ButtonLink href={to.access({ user: user.id })} icon={<ShieldQuestion aria-hidden />}>
          {texts.check}
        </ButtonLink>
      ) : null}
      {groups.some((group) => group.length > 0) ? (
        <Menu trigger={<Button square aria-label={texts.more} />} groups={groups}>
          <Ellipsis aria-hidden />
        </Menu>
      ) : null}
    </>
  );
}

function Details({ user, edit }: { user: User; edit: () => void }) {
  const { can } = useProject();
  return (
    <Card
      title={texts.details}
      actions={
        can('user:update') ? (
          <Button size="sm" icon={<Pencil aria-hidden />} onClick={edit}>
            {texts.edit}
          </Button>
        ) : undefined
      }
    >
      <Facts
        facts={[
          [texts.name, user.name],
          [texts.email, user.email],
          [texts.external, user.external_id ? <Id key="x" id={user.external_id} what={texts.external} /> : null],
          [texts.id, <Id key="i" id={user.id} />],
          [texts.created, <Time key="c" at={user.created_at} />],
          [texts.updated, <Time key="u" at={user.updated_at} />],
        ]}
      />
    </Card>
  );
}
