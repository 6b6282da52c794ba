/** Recovery codes: new ones in the place of those before, and how they are shown, once. */

import { ok } from '@carcosa/client';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { entered } from '../../api/session.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { CopyButton } from '../../ui/display.tsx';
import { Note } from '../../ui/states.tsx';
import { PasswordDialog } from './password-dialog.tsx';

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
  make: 'Make new codes',
  replaced: 'Those from before do not work any more.',
});

/** Asks for the password, then shows the new codes. */
export function NewRecoveryCodes({ close }: { close: () => void }) {
  const { api } = useScope();
  const refresh = useRefresh();
  const [codes, setCodes] = useState<readonly string[]>();
  const send = async (body: { password: string }) => {
    const made = await ok(api.POST('/v1/session/totp/recovery-codes', { body }));
    // The codes before the session: what follows draws the page anew.
    setCodes(made.codes);
    entered(made.session);
    void refresh('sessions');
  };
  if (codes) return <RecoveryCodes codes={codes} said={texts.replaced} close={close} />;
  return <PasswordDialog title={texts.newTitle} text={texts.newText} action={texts.make} send={send} close={close} />;
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
