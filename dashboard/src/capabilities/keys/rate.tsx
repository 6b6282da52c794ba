/** The rate limit of a key, changed where it is shown. */

import { useProject } from '../../api/scope.tsx';
import { number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Form } from '../../ui/form.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import { useKeyChange } from './change.ts';
import { type LimitValues, RateFields, limitToSend, limitsOf } from './limits.tsx';
import { type ApiKey, rateText } from './model.ts';

const texts = messages('keys.rate', {
  title: 'Rate limit',
  none: 'It may be verified any number of times.',
  now: (rate: string) => `${rate}. Calls beyond that are refused with rate_limited.`,
  save: 'Save limit',
  names: { limit: 'Calls', period: 'Period in seconds', burst: 'Burst' } satisfies Record<keyof LimitValues, string>,
});

export function RateCard({ apiKey }: { apiKey: ApiKey }) {
  const { can } = useProject();
  const { rate_limit: limit } = apiKey;
  const note = limit ? texts.now(rateText(number(limit.limit), limit.period_seconds)) : texts.none;
  const mayChange = can('key:update') && !apiKey.revoked_at;
  return (
    <Card title={texts.title} note={note}>
      {mayChange ? <RateForm apiKey={apiKey} /> : null}
    </Card>
  );
}

function RateForm({ apiKey }: { apiKey: ApiKey }) {
  const { save, reload } = useKeyChange(apiKey.id);
  const merge = useMergeForm<ApiKey, LimitValues>({
    item: apiKey,
    read: limitsOf,
    reload,
    save: (values, over) => save(over, { rate_limit: limitToSend(values) }),
  });
  const { form } = merge;
  return (
    <Form form={form} action={texts.save}>
      <RateFields values={form.values} set={form.set} />
      <Conflict merge={merge} names={texts.names} />
    </Form>
  );
}
