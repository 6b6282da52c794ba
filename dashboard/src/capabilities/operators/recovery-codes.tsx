/** Recovery codes: new ones in the place of those before, and how they are shown, once. */

import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { refresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { entered } from '../../api/session.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { CopyButton } from '../../ui/display.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';

const texts = messages('recovery-codes', {
  title: 'Keep these recovery codes',
  text: 'Each lets you in once when you do not have your phone. They are shown only now.',
  copy: 'Copy all',
  codes: 'recovery codes',
  download: 'Download',
  stored: 'I have stored them',
  file: 'carcosa-recovery-codes.txt',
  newTitle: 'Make new recovery codes?',
  newText: 'You get ten new ones. Those that you have stop working at once.',
  password: 'Your password',
  make: 'Make new codes',
  replaced: 'Those from before do not work any more.',
  needed: 'Needed.',
});

/** Asks for the password, then shows the new codes. */
export function NewRecoveryCodes({ close }: { close: () => void }) {
  const { api, root } = useScope();
  const client = useQueryClient();
  const [codes, setCodes] = useState<readonly string[]>();
  const form = useForm({
    initial: { password: '' },
    check: ({ password }) => ({ '/password': password === '' ? texts.needed : undefined }),
    send: async (body) => {
      const made = await ok(api.POST('/v1/session/totp/recovery-codes', { body }));
      // The codes before the session: what follows draws the page anew.
      setCodes(made.codes);
      entered(made.session);
      void refresh(client, root, ['sessions']);
    },
  });
  if (codes) return <RecoveryCodes codes={codes} said={texts.replaced} close={close} />;
  return (
    <Dialog open onClose={close} title={texts.newTitle} note={texts.newText} width="28rem">
      <Form form={form} action={texts.make} onCancel={close} inDialog always destroys>
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

export function RecoveryCodes({ codes, said, close }: { codes: readonly string[]; said: string; close: () => void }) {
  const text = codes.join('\n');
  return (
    <Dialog
      open
      firm
      onClose={close}
      title={texts.title}
      note={texts.text}
      width="34rem"
      foot={
        <>
          <Button icon={<Download aria-hidden />} onClick={() => download(text)}>
            {texts.download}
          </Button>
          <CopyButton text={text} what={texts.codes} label={texts.copy} size="md" />
          <Button tone="primary" onClick={close}>
            {texts.stored}
          </Button>
        </>
      }
    >
      <div className="dialog-body">
        <Note tone="good">{said}</Note>
        <ul className="recovery-codes" aria-label={texts.codes}>
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function download(text: string): void {
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = texts.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
