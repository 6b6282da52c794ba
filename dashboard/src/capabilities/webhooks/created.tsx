/** What to do with a new endpoint: keep its secret, verify with it, and see that it works. */

import { Send } from 'lucide-react';
import { useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SecretDialog, Snippets } from '../../ui/secret.tsx';
import type { EndpointWithSecret } from './model.ts';
import { verificationSnippets } from './snippets.ts';
import { Watched } from './watch.tsx';

const texts = messages('webhooks.created', {
  title: 'The endpoint is there',
  secret: 'signing secret',
  verify: 'Verify what comes with it',
  try: 'See that it works',
  tryHint: 'Sends webhook_endpoint.tested to it now, once.',
  send: 'Send a test',
  again: 'Send another test',
});

export function Created({ endpoint, onClose }: { endpoint: EndpointWithSecret; onClose: () => void }) {
  const { can } = useProject();
  const test = useAction({
    run: (api) =>
      api.POST('/v1/webhook-endpoints/{webhook_endpoint}/test', {
        params: { path: { webhook_endpoint: endpoint.id } },
        body: {},
        headers: { 'Idempotency-Key': crypto.randomUUID() },
      }),
    refresh: ['webhooks', 'webhook_stats'],
  });
  return (
    <SecretDialog open onClose={onClose} title={texts.title} secret={endpoint.secret} what={texts.secret}>
      <div className="stack">
        <h3>{texts.verify}</h3>
        <Snippets snippets={verificationSnippets} />
      </div>
      {can('webhook:send') ? (
        <div className="stack">
          <h3>{texts.try}</h3>
          <div className="row">
            <Button icon={<Send aria-hidden />} busy={test.isPending} onClick={() => test.mutate(undefined)}>
              {test.data ? texts.again : texts.send}
            </Button>
            <span className="dim small">{texts.tryHint}</span>
          </div>
          {test.data?.deliveries.map((delivery) => <Watched key={delivery.id} delivery={delivery} />)}
        </div>
      ) : null}
    </SecretDialog>
  );
}
