/** The rate limit of a key, changed where it is shown. */

import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { refresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Form, useForm } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';
import { RateFields, limitToSend, limitsOf } from './limits.tsx';
import { type ApiKey, ifMatch, rateText } from './model.ts';

const texts = messages('keys.rate', {
  title: 'Rate limit',
  none: 'It may be verified any number of times.',
  now: (rate: string) => `${rate}. Calls beyond that are refused with rate_limited.`,
  save: 'Save limit',
});

export function RateCard({ apiKey }: { apiKey: ApiKey }) {
  const { can } = useProject();
  const { rate_limit: limit } = apiKey;
  const note = limit ? texts.now(rateText(number(limit.limit), limit.period_seconds)) : texts.none;
  const mayChange = can('key:update') && !apiKey.revoked_at;
  return (
    <Card title={texts.title} note={note}>
      {/* Begins anew when someone else has changed it. */}
      {mayChange ? <RateForm key={JSON.stringify(limit)} apiKey={apiKey} /> : null}
    </Card>
  );
}

function RateForm({ apiKey }: { apiKey: ApiKey }) {
  const { api, root } = useProject();
  const client = useQueryClient();
  const form = useForm({
    initial: limitsOf(apiKey),
    send: async (values) => {
      const path = { api_key: apiKey.id };
      const body = { rate_limit: limitToSend(values) };
      try {
        await ok(api.PATCH('/v1/keys/{api_key}', { params: { path }, body, headers: ifMatch(apiKey.version) }));
      } finally {
        await refresh(client, root, ['keys', 'audit']);
      }
    },
  });
  return (
    <Form form={form} action={texts.save}>
      <RateFields values={form.values} set={form.set} />
    </Form>
  );
}
