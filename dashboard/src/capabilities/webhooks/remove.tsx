/** Deletes an endpoint, once it is clear what is lost. */

import { useNavigate } from '@tanstack/react-router';
import { ifMatch, useAction, useRefresh } from '../../api/data.ts';
import { usePaths } from '../../app/paths.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import { type Endpoint, useStats } from './model.ts';

const texts = messages('webhooks.remove', {
  title: 'Delete this endpoint?',
  yes: 'Delete endpoint',
  url: (url: string) => `Nothing is sent to ${url} any more.`,
  pending: (count: number) => `${counted(count, 'delivery that waits is', 'deliveries that wait are')} never sent.`,
  log: 'The log of what was sent goes too. It cannot be brought back; to stop for a while, pause it instead.',
  done: 'The endpoint is deleted.',
});

export function DeleteEndpoint({ endpoint, open, onClose }: { endpoint: Endpoint; open: boolean; onClose: () => void }) {
  const to = usePaths();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const stats = useStats(endpoint.id, { live: true });
  const remove = useAction({
    run: (api) =>
      api.DELETE('/v1/webhook-endpoints/{webhook_endpoint}', { params: { path: { webhook_endpoint: endpoint.id } }, headers: ifMatch(endpoint.version) }),
    refresh: ['audit', 'tenants'],
    failure: 'caller',
    said: () => texts.done,
    // The list is read again once one is there: on this page nothing is left to read.
    done: () => {
      const list = endpoint.tenant_id ? to.tenant(endpoint.tenant_id, 'webhooks') : to.webhooks();
      void navigate({ to: list }).then(() => refresh('webhooks'));
    },
  });
  const pending = stats.data?.pending ?? 0;
  return (
    <Ask
      open={open}
      onClose={() => {
        remove.reset();
        onClose();
      }}
      title={texts.title}
      yes={texts.yes}
      word={new URL(endpoint.url).host}
      run={() => remove.mutate(undefined)}
      busy={remove.isPending}
      error={remove.error}
    >
      <p className="wrap">{texts.url(endpoint.url)}</p>
      {pending > 0 ? <p>{texts.pending(pending)}</p> : null}
      <p>{texts.log}</p>
    </Ask>
  );
}
