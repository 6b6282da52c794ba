/** A new secret for an endpoint; for a while both sign. */

import { ok } from '@carcosa/client';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Rotation } from '../../ui/rotation.tsx';
import type { Endpoint } from './model.ts';
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
  oldUntil: (when: string) => `The old secret signs too until ${when}.`,
  oldStopped: 'The old secret signs no more.',
});

export function RotateSecret({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const { api } = useProject();
  const refresh = useRefresh();
  const rotate = async (hours: number, key: string) => {
    const made = await ok(
      api.POST('/v1/webhook-endpoints/{webhook_endpoint}/rotate-secret', {
        params: { path: { webhook_endpoint: endpoint.id } },
        body: { overlap_hours: hours },
        headers: { ...ifMatch(endpoint.version), 'Idempotency-Key': key },
      }),
    );
    void refresh('webhooks', 'audit');
    return made;
  };
  return <Rotation says={texts} rotate={rotate} snippets={() => verificationSnippets} onClose={onClose} />;
}
