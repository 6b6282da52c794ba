/** Asks for the password before something that it guards. */

import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';

const texts = messages('password-dialog', { password: 'Your password', needed: 'Needed.' });

export function PasswordDialog({
  title,
  text,
  action,
  send,
  close,
}: {
  title: string;
  /** What will happen. */
  text: string;
  action: string;
  send: (body: { password: string }) => Promise<void>;
  close: () => void;
}) {
  const form = useForm({
    initial: { password: '' },
    check: ({ password }) => ({ '/password': password === '' ? texts.needed : undefined }),
    send,
  });
  return (
    <Dialog open onClose={close} title={title} note={text} width="28rem">
      <Form form={form} action={action} onCancel={close} inDialog always destroys>
        <TextField
          label={texts.password}
          pointer="/password"
          type="password"
          autoComplete="current-password"
          autoFocus
          value={form.values.password}
          onChange={(password) => form.set('password', password)}
        />
      </Form>
    </Dialog>
  );
}
