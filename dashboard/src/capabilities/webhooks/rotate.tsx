/** A new secret for an endpoint; for a while both sign. */

import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { refresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { dateTime } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { ifMatch, stopsAt } from '../keys/model.ts';
import { Radios } from '../../ui/choices.tsx';
import { SecretDialog, Snippets } from '../../ui/secret.tsx';
import type { Endpoint, EndpointWithSecret } from './model.ts';
import { verificationSnippets } from './snippets.ts';

const texts = messages('webhooks.rotate', {
  title: 'Rotate the signing secret',
  note: 'Your application verifies with the secret. While both sign, it can take the new one in its own time.',
  overlap: 'The old secret',
  now: 'Stops signing at once',
  nowHint: 'Until your application has the new one, it refuses what comes. For a secret that is in wrong hands.',
  hour: 'Signs for 1 hour more',
  day: 'Signs for 24 hours more',
  week: 'Signs for 7 days more',
  until: (when: string) => `Until ${when}. Deliveries have both signatures meanwhile.`,
  rotate: 'Rotate secret',
  made: 'The new signing secret',
  secret: 'new secret',
  old: (when: string) => `The old secret signs too until ${when}.`,
  stopped: 'The old secret signs no more.',
});

type Overlap = '0' | '1' | '24' | '168';

export function RotateSecret({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const [made, setMade] = useState<EndpointWithSecret>();
  if (!made) return <Choose endpoint={endpoint} onClose={onClose} made={setMade} />;
  const until = made.previous_secret_expires_at;
  return (
    <SecretDialog open onClose={onClose} title={texts.made} secret={made.secret} what={texts.secret}>
      <p>{until ? texts.old(dateTime(until)) : texts.stopped}</p>
      <Snippets snippets={verificationSnippets} />
    </SecretDialog>
  );
}

function Choose({ endpoint, onClose, made }: { endpoint: Endpoint; onClose: () => void; made: (endpoint: EndpointWithSecret) => void }) {
  const { api, root } = useProject();
  const client = useQueryClient();
  const [opened] = useState(() => Date.now());
  const form = useForm<{ overlap: Overlap }>({
    initial: { overlap: '24' },
    send: async ({ overlap }, key) => {
      const answer = await ok(
        api.POST('/v1/webhook-endpoints/{webhook_endpoint}/rotate-secret', {
          params: { path: { webhook_endpoint: endpoint.id } },
          body: { overlap_hours: Number(overlap) },
          headers: { ...ifMatch(endpoint.version), 'Idempotency-Key': key },
        }),
      );
      made(answer);
      void refresh(client, root, ['webhooks', 'audit']);
    },
  });
  const until = (hours: number) => texts.until(stopsAt(hours * 3600, opened));
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note} firm={form.busy}>
      <Form form={form} inDialog always action={texts.rotate} onCancel={onClose}>
        <Radios
          label={texts.overlap}
          value={form.values.overlap}
          onChange={(value) => form.set('overlap', value)}
          choices={[
            { value: '0', text: texts.now, hint: texts.nowHint },
            { value: '1', text: texts.hour, hint: until(1) },
            { value: '24', text: texts.day, hint: until(24) },
            { value: '168', text: texts.week, hint: until(168) },
          ]}
        />
      </Form>
    </Dialog>
  );
}
