/** A new secret for a key; the old one goes at once or a little later. */

import { ok } from '@carcosa/client';
import { useState } from 'react';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Rotation } from '../../ui/rotation.tsx';
import { Note } from '../../ui/states.tsx';
import type { ApiKey } from './model.ts';
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
  oldUntil: (when: string) => `The old secret works until ${when}.`,
  oldStopped: 'The old secret has stopped.',
});

export function RotateKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { api } = useProject();
  const refresh = useRefresh();
  const [opened] = useState(() => Date.now());
  const older = apiKey.previous_secret_expires_at;
  const rotate = async (hours: number, key: string) => {
    const made = await ok(
      api.POST('/v1/keys/{api_key}/rotate', {
        params: { path: { api_key: apiKey.id } },
        body: { overlap_seconds: hours * 3600 },
        headers: { ...ifMatch(apiKey.version), 'Idempotency-Key': key },
      }),
    );
    void refresh('keys', 'audit');
    return made;
  };
  return (
    <Rotation
      says={{ ...texts, title: texts.title(apiKey.name), made: texts.made(apiKey.name) }}
      rotate={rotate}
      snippets={snippetsOf}
      onClose={onClose}
    >
      {older && Date.parse(older) > opened ? <Note tone="warn">{texts.older}</Note> : null}
    </Rotation>
  );
}
