/** Setting up an authenticator app: the app learns the secret, proves it by a code, and recovery codes are shown, once. */

import { type Schemas, ok } from '@carcosa/client';
import { useEffect, useState } from 'react';
import { useAction, useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { entered } from '../../api/session.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { CopyButton } from '../../ui/display.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Failed, Skeleton } from '../../ui/states.tsx';
import { QrCode } from './qr-code.tsx';
import { RecoveryCodes } from './recovery-codes.tsx';

const texts = messages('totp-setup', {
  title: 'Set up an authenticator app',
  scan: 'Scan this with the app, such as Aegis, Google Authenticator or 1Password.',
  qr: 'QR code of the secret for the authenticator app',
  typed: 'Or type this in:',
  secret: 'secret',
  link: 'Open in an app on this device',
  code: 'Code that the app shows',
  codeHint: 'Six digits; they change every 30 seconds.',
  confirm: 'Turn on',
  codesOn: 'The second factor is on.',
});

export function TotpSetup({ close }: { close: () => void }) {
  const [codes, setCodes] = useState<readonly string[]>();
  const begin = useAction<void, Schemas['TotpEnrolment']>({
    run: (api) => api.POST('/v1/session/totp', { body: {} }),
    refresh: [],
    failure: 'caller',
  });
  const { mutate } = begin;
  useEffect(() => {
    // Once, even where React mounts twice to find mistakes: a second secret would make the first void.
    const timer = setTimeout(() => mutate(), 0);
    return () => clearTimeout(timer);
  }, [mutate]);
  if (codes) return <RecoveryCodes codes={codes} said={texts.codesOn} close={close} />;
  return (
    <Dialog open onClose={close} title={texts.title} note={texts.scan} width="34rem">
      {begin.data ? (
        <Confirm enrolment={begin.data} close={close} confirmed={setCodes} />
      ) : (
        <div className="dialog-body">
          {begin.isError ? <Failed error={begin.error} retry={() => mutate()} /> : <Skeleton lines={6} />}
        </div>
      )}
    </Dialog>
  );
}

function Confirm({
  enrolment,
  close,
  confirmed,
}: {
  enrolment: Schemas['TotpEnrolment'];
  close: () => void;
  confirmed: (codes: readonly string[]) => void;
}) {
  const { api } = useScope();
  const refresh = useRefresh();
  const form = useForm({
    initial: { code: '' },
    send: async ({ code }) => {
      const made = await ok(api.POST('/v1/session/totp/confirm', { body: { code: code.replaceAll(/\s/g, '') } }));
      // The codes before the session: what follows draws the page anew.
      confirmed(made.codes);
      entered(made.session);
      void refresh('sessions');
    },
  });
  return (
    <Form form={form} action={texts.confirm} onCancel={close} inDialog>
      <div className="totp">
        <QrCode text={enrolment.url} label={texts.qr} />
        <div className="stack grow" style={{ '--gap': 'var(--space-2)' } as never}>
          <p className="dim">{texts.typed}</p>
          <div className="secret">
            <code className="totp-secret">{inGroups(enrolment.secret)}</code>
            <CopyButton text={enrolment.secret} what={texts.secret} />
          </div>
          <a href={enrolment.url}>{texts.link}</a>
        </div>
      </div>
      <div className="code-input">
        <TextField
          label={texts.code}
          pointer="/code"
          hint={texts.codeHint}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          mono
          maxLength={7}
          value={form.values.code}
          onChange={(code) => form.set('code', code)}
        />
      </div>
    </Form>
  );
}

const inGroups = (secret: string): string => secret.match(/.{1,4}/g)?.join(' ') ?? secret;
