/** A new secret for a key; the old one goes at once or a little later. */

import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { refresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { dateTime } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';
import { type ApiKey, type KeyWithSecret, ifMatch, stopsAt } from './model.ts';
import { Radios } from '../../ui/choices.tsx';
import { SecretDialog, Snippets } from '../../ui/secret.tsx';
import { snippetsOf } from './snippets.ts';

const texts = messages('keys.rotate', {
  title: (name: string) => `Rotate ${name}`,
  note: 'It keeps its name, scopes and limits, and gets a new secret.',
  overlap: 'The old secret',
  now: 'Stops at once',
  nowHint: 'Whoever still uses it is refused within a second. For a secret that is in wrong hands.',
  hour: 'Works for 1 hour more',
  day: 'Works for 24 hours more',
  week: 'Works for 7 days more',
  until: (when: string) => `Until ${when}. Both work meanwhile.`,
  older: 'The secret from before the last rotation stops now.',
  rotate: 'Rotate key',
  made: (name: string) => `The new secret of ${name}`,
  secret: 'new secret',
  oldStops: (when: string) => `The old secret works until ${when}.`,
  oldStopped: 'The old secret has stopped.',
});

type Overlap = '0' | '3600' | '86400' | '604800';

export function RotateKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const [made, setMade] = useState<KeyWithSecret>();
  if (!made) return <Choose apiKey={apiKey} onClose={onClose} made={setMade} />;
  const { previous_secret_expires_at: until } = made;
  return (
    <SecretDialog open onClose={onClose} title={texts.made(made.name)} secret={made.secret} what={texts.secret}>
      <p>{until ? texts.oldStops(dateTime(until)) : texts.oldStopped}</p>
      <Snippets snippets={snippetsOf(made.secret)} />
    </SecretDialog>
  );
}

function Choose({ apiKey, onClose, made }: { apiKey: ApiKey; onClose: () => void; made: (key: KeyWithSecret) => void }) {
  const { api, root } = useProject();
  const client = useQueryClient();
  const [opened] = useState(() => Date.now());
  const form = useForm<{ overlap: Overlap }>({
    initial: { overlap: '86400' },
    send: async ({ overlap }, key) => {
      const answer = await ok(
        api.POST('/v1/keys/{api_key}/rotate', {
          params: { path: { api_key: apiKey.id } },
          body: { overlap_seconds: Number(overlap) },
          headers: { ...ifMatch(apiKey.version), 'Idempotency-Key': key },
        }),
      );
      made(answer);
      void refresh(client, root, ['keys', 'audit']);
    },
  });
  const until = (seconds: number) => texts.until(stopsAt(seconds, opened));
  return (
    <Dialog open onClose={onClose} title={texts.title(apiKey.name)} note={texts.note} firm={form.busy}>
      <Form form={form} inDialog always action={texts.rotate} onCancel={onClose}>
        <Radios
          label={texts.overlap}
          value={form.values.overlap}
          onChange={(value) => form.set('overlap', value)}
          choices={[
            { value: '0', text: texts.now, hint: texts.nowHint },
            { value: '3600', text: texts.hour, hint: until(3600) },
            { value: '86400', text: texts.day, hint: until(86_400) },
            { value: '604800', text: texts.week, hint: until(604_800) },
          ]}
        />
        {apiKey.previous_secret_expires_at && Date.parse(apiKey.previous_secret_expires_at) > opened ? <Note tone="warn">{texts.older}</Note> : null}
      </Form>
    </Dialog>
  );
}
