import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Form } from '../../ui/form.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { useUserChange } from './change.ts';
import { UserFields, type UserValues, checkUser, userNames, userPatch, valuesOf } from './form.tsx';
import type { User } from './status.tsx';

const texts = messages('users-edit', { title: 'Edit user' });

export function EditUser({ user, onClose }: { user: User; onClose: () => void }) {
  const { save, reload } = useUserChange(user.id);
  const merge = useMergeForm<User, UserValues>({
    item: user,
    read: valuesOf,
    check: checkUser,
    reload,
    save: (values, over) => save(over, userPatch(over, values)),
    saved: onClose,
  });
  const { form } = merge;
  return (
    <Dialog open onClose={onClose} title={texts.title} dirty={form.dirty && !form.busy}>
      <Form form={form} inDialog onCancel={onClose}>
        <UserFields form={form} />
        <Conflict merge={merge} names={userNames} />
      </Form>
    </Dialog>
  );
}
