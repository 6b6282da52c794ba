/** The second factor: an authenticator app, and codes for the day it is lost. */

import { ok } from '@carcosa/client';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { entered, useSession } from '../../api/session.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Badge, Time } from '../../ui/display.tsx';
import { Card, Facts } from '../../ui/page.tsx';
import { Note } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import { PasswordDialog } from './password-dialog.tsx';
import { NewRecoveryCodes } from './recovery-codes.tsx';
import { TotpSetup } from './totp-setup.tsx';
import { has } from './words.ts';

const texts = messages('second-factor', {
  title: 'Second factor',
  offNote: 'With an authenticator app on your phone, your password alone lets nobody in.',
  onNote: 'Signing in asks for a code of your authenticator app.',
  noPassword: 'You sign in by single sign-on: a second factor is your provider’s to ask for.',
  on: 'On',
  off: 'Off',
  setUp: 'Set up',
  turnOff: 'Turn off…',
  newCodes: 'New recovery codes…',
  since: 'On since',
  left: 'Recovery codes left',
  leftValue: (count: number) => `${count} of 10`,
  few: (count: number) =>
    count === 0
      ? 'No recovery code is left. If you lose your phone, someone with access to the server has to help you. Make new ones.'
      : `Only ${counted(count, 'recovery code is', 'recovery codes are')} left. Make new ones in time.`,
  offTitle: 'Turn off the second factor?',
  offText: 'From then on your password alone lets you in. Your recovery codes stop working.',
  disable: 'Turn off',
  disabled: 'The second factor is off.',
});

/** From so few codes on, it is time to make new ones. */
const FEW = 3;

export function SecondFactor() {
  const { operator, recovery_codes_left: left } = useSession();
  const [open, setOpen] = useState<'setup' | 'codes' | 'off'>();
  const totp = operator.credentials.find((one) => one.kind === 'totp');
  if (!totp && !has(operator, 'password')) return <Card title={texts.title} note={texts.noPassword} />;
  return (
    <>
      <Card
        title={
          <span className="row">
            {texts.title} <Badge tone={totp ? 'good' : 'mute'}>{totp ? texts.on : texts.off}</Badge>
          </span>
        }
        note={totp ? texts.onNote : texts.offNote}
        actions={
          totp ? (
            <>
              <Button size="sm" onClick={() => setOpen('codes')}>
                {texts.newCodes}
              </Button>
              <Button size="sm" tone="danger" onClick={() => setOpen('off')}>
                {texts.turnOff}
              </Button>
            </>
          ) : (
            <Button size="sm" tone="primary" onClick={() => setOpen('setup')}>
              {texts.setUp}
            </Button>
          )
        }
      >
        {totp ? (
          <div className="stack">
            <Facts
              facts={[
                [texts.since, <Time key="since" at={totp.added_at} exact />],
                [texts.left, texts.leftValue(left)],
              ]}
            />
            {left <= FEW ? <Note tone="warn">{texts.few(left)}</Note> : null}
          </div>
        ) : null}
      </Card>
      {open === 'setup' ? <TotpSetup close={() => setOpen(undefined)} /> : null}
      {open === 'codes' ? <NewRecoveryCodes close={() => setOpen(undefined)} /> : null}
      {open === 'off' ? <TurnOff close={() => setOpen(undefined)} /> : null}
    </>
  );
}

function TurnOff({ close }: { close: () => void }) {
  const { api } = useScope();
  const refresh = useRefresh();
  const send = async (body: { password: string }) => {
    entered(await ok(api.POST('/v1/session/totp/disable', { body })));
    toast.success(texts.disabled);
    void refresh('sessions');
    close();
  };
  return <PasswordDialog title={texts.offTitle} text={texts.offText} action={texts.disable} send={send} close={close} />;
}
