/** Disabling and deleting a user, with what that ends. */

import { ifMatch, useAction } from '../../api/data.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import type { Reach } from './detail.tsx';
import { type User, userName } from './status.tsx';

const texts = messages('user-end', {
  disableTitle: (name: string) => `Disable ${name}?`,
  disable: 'Disable user',
  disableNobody: 'They are a member of no tenant. They cannot be added to one while they are disabled.',
  disableWhat: (reach: Reach) =>
    `They may do nothing in ${tenantsOf(reach)} from the next second on, on every node. Their memberships stay, and count again once the user is enabled.`,
  disabled: (name: string) => `${name} is disabled.`,
  deleteTitle: (name: string) => `Delete ${name}?`,
  delete: 'Delete user',
  deleteNobody: 'They are a member of no tenant.',
  deleteWhat: (reach: Reach) =>
    `${counted(reach.memberships, 'membership', 'memberships')}${reach.more ? ' and more' : ''} in ${tenantsOf(reach)} will end, and every token of theirs stops working.`,
  final: 'This cannot be undone. The last owner of a tenant cannot be deleted.',
  deleted: (name: string) => `${name} is deleted.`,
  unknown: 'How many tenants this concerns could not be read.',
});

const tenantsOf = ({ tenants, more }: Reach): string =>
  more ? `more than ${counted(tenants, 'tenant', 'tenants')}` : counted(tenants, 'tenant', 'tenants');

interface Props {
  user: User;
  reach: Reach | undefined;
  open: boolean;
  onClose: () => void;
}

export function DisableUser({ user, reach, open, onClose }: Props) {
  const action = useAction<void, unknown>({
    run: (api) =>
      api.POST('/v1/users/{user}/disable', { params: { path: { user: user.id } }, headers: ifMatch(user.version) }),
    refresh: ['users', 'members'],
    said: () => texts.disabled(userName(user)),
    done: onClose,
    failure: 'caller',
  });
  return (
    <Ask
      open={open}
      onClose={() => {
        action.reset();
        onClose();
      }}
      title={texts.disableTitle(userName(user))}
      yes={texts.disable}
      busy={action.isPending}
      error={action.error}
      run={() => action.mutate()}
    >
      <p>{reach === undefined ? texts.unknown : reach.memberships === 0 ? texts.disableNobody : texts.disableWhat(reach)}</p>
    </Ask>
  );
}

export function DeleteUser({ user, reach, open, onClose, done }: Props & { done: () => void }) {
  const action = useAction<void, unknown>({
    run: (api) =>
      api.DELETE('/v1/users/{user}', { params: { path: { user: user.id } }, headers: ifMatch(user.version) }),
    refresh: ['users', 'members'],
    said: () => texts.deleted(userName(user)),
    ends: user.id,
    done,
    failure: 'caller',
  });
  return (
    <Ask
      open={open}
      onClose={() => {
        action.reset();
        onClose();
      }}
      title={texts.deleteTitle(userName(user))}
      yes={texts.delete}
      word={user.email}
      busy={action.isPending}
      error={action.error}
      run={() => action.mutate()}
    >
      <p>{reach === undefined ? texts.unknown : reach.memberships === 0 ? texts.deleteNobody : texts.deleteWhat(reach)}</p>
      <p>{texts.final}</p>
    </Ask>
  );
}
