/** A new secret: one chooses how long the old one goes on, then the new one is shown, this once. */

import { type ReactNode, useState } from 'react';
import { dateTime } from '../i18n/format.ts';
import { Radios } from './choices.tsx';
import { Dialog } from './dialog.tsx';
import { Form, useForm } from './form.tsx';
import { SecretDialog, type Snippet, Snippets } from './secret.tsx';

export interface RotationTexts {
  title: string;
  note: string;
  overlap: string;
  now: string;
  nowHint: string;
  hour: string;
  day: string;
  week: string;
  until: (when: string) => string;
  rotate: string;
  made: string;
  secret: string;
  oldUntil: (when: string) => string;
  oldStopped: string;
}

interface Rotated {
  secret: string;
  previous_secret_expires_at: string | null;
}

/** Hours. */
type Overlap = '0' | '1' | '24' | '168';

interface RotationProps {
  says: RotationTexts;
  /** Makes the new secret; the old one goes on for so many hours. */
  rotate: (overlapHours: number, idempotencyKey: string) => Promise<Rotated>;
  /** How the new secret is used. */
  snippets: (secret: string) => readonly Snippet[];
  onClose: () => void;
  /** More to know before. */
  children?: ReactNode;
}

export function Rotation(props: RotationProps) {
  const { says, snippets, onClose } = props;
  const [made, setMade] = useState<Rotated>();
  if (!made) return <Choose {...props} made={setMade} />;
  const { secret, previous_secret_expires_at: until } = made;
  return (
    <SecretDialog open onClose={onClose} title={says.made} secret={secret} what={says.secret}>
      <p>{until ? says.oldUntil(dateTime(until)) : says.oldStopped}</p>
      <Snippets snippets={snippets(secret)} />
    </SecretDialog>
  );
}

function Choose({ says, rotate, made, onClose, children }: RotationProps & { made: (made: Rotated) => void }) {
  const [opened] = useState(() => Date.now());
  const form = useForm<{ overlap: Overlap }>({
    initial: { overlap: '24' },
    send: async ({ overlap }, key) => made(await rotate(Number(overlap), key)),
  });
  const until = (hours: number) => says.until(dateTime(new Date(opened + hours * 3_600_000)));
  return (
    <Dialog open onClose={onClose} title={says.title} note={says.note} firm={form.busy}>
      <Form form={form} inDialog always action={says.rotate} onCancel={onClose}>
        <Radios
          label={says.overlap}
          value={form.values.overlap}
          onChange={(value) => form.set('overlap', value)}
          choices={[
            { value: '0', text: says.now, hint: says.nowHint },
            { value: '1', text: says.hour, hint: until(1) },
            { value: '24', text: says.day, hint: until(24) },
            { value: '168', text: says.week, hint: until(168) },
          ]}
        />
        {children}
      </Form>
    </Dialog>
  );
}
