import { ok } from '@carcosa/client';
import { useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { UserFields, blankUser, checkUser, newUser } from './form.tsx';
import type { User } from './status.tsx';

const texts = messages('users-create', {
  title: 'Create user',
  note: 'They may do nothing until they are a member of a tenant.',
  create: 'Create user',
});

interface Props {
  open: boolean;
  onClose: () => void;
}

export function CreateUser({ onCreated, ...props }: Props & { onCreated: (user: User) => void }) {
  // The form begins anew each time it is opened.
  return props.open ? <Create {...props} onCreated={onCreated} /> : null;
}

function Create({ onClose, onCreated }: Omit<Props, 'open'> & { onCreated: (user: User) => void }) {
  const { api } = useScope();
  const refresh = useRefresh();
  const form = useForm({
    initial: blankUser,
    check: checkUser,
    send: async (values, key) => {
      const user = await ok(api.POST('/v1/users', { body: newUser(values), headers: { 'Idempotency-Key': key } }));
      void refresh('users');
      onCreated(user);
    },
  });
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note} dirty={form.dirty && !form.busy}>
      <Form form={form} inDialog action={texts.create} onCancel={onClose}>
        <UserFields form={form} />
      </Form>
    </Dialog>
  );
}
