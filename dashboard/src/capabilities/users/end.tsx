/** Disabling and deleting a user, with what that ends. */

import { type ActionOptions, ifMatch, useAction } from '../../api/data.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Ask, type AskProps } from '../../ui/dialog.tsx';
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

/** What the words of a dialog are, before and after. */
interface Words {
  title: string;
  yes: string;
  nobody: string;
  what: (reach: Reach) => string;
  said: string;
}

type End = Pick<ActionOptions<void, unknown>, 'run' | 'ends' | 'done'> & Pick<AskProps, 'word' | 'children'> & { words: Words };

function EndUser({ reach, open, onClose, words, word, children, ...options }: Omit<Props, 'user'> & End) {
  const action = useAction<void, unknown>({ done: onClose, ...options, refresh: ['users', 'members'], said: () => words.said, failure: 'caller' });
  return (
    <Ask
      open={open}
      onClose={() => {
        action.reset();
        onClose();
      }}
      title={words.title}
      yes={words.yes}
      word={word}
      busy={action.isPending}
      error={action.error}
      run={() => action.mutate()}
    >
      <p>{reach === undefined ? texts.unknown : reach.memberships === 0 ? words.nobody : words.what(reach)}</p>
      {children}
    </Ask>
  );
}

export function DisableUser({ user, ...rest }: Props) {
  const name = userName(user);
  return (
    <EndUser
      {...rest}
      words={{
        title: texts.disableTitle(name),
        yes: texts.disable,
        nobody: texts.disableNobody,
        what: texts.disableWhat,
        said: texts.disabled(name),
      }}
      run={(api) => api.POST('/v1/users/{user}/disable', { params: { path: { user: user.id } }, headers: ifMatch(user.version) })}
    />
  );
}

export function DeleteUser({ user, ...rest }: Props & { done: () => void }) {
  const name = userName(user);
  return (
    <EndUser
      {...rest}
      words={{
        title: texts.deleteTitle(name),
        yes: texts.delete,
        nobody: texts.deleteNobody,
        what: texts.deleteWhat,
        said: texts.deleted(name),
      }}
      word={user.email}
      ends={user.id}
      run={(api) => api.DELETE('/v1/users/{user}', { params: { path: { user: user.id } }, headers: ifMatch(user.version) })}
    >
      <p>{texts.final}</p>
    </EndUser>
  );
}
