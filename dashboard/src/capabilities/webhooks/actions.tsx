import { Ellipsis, FileCheck, Pause, Pencil, Play, RotateCw, Send, Trash2, Undo2 } from 'lucide-react';
import { ifMatch, useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Menu } from '../../ui/menu.tsx';
import type { Endpoint } from './model.ts';

const texts = messages('webhooks.actions', {
  test: 'Send a test',
  pause: 'Pause',
  resume: 'Resume',
  more: 'More actions',
  edit: 'Edit',
  replay: 'Send again…',
  rotate: 'Rotate secret',
  signature: 'Check a signature',
  remove: 'Delete',
  paused: 'Paused. What happens meanwhile waits.',
  resumed: 'Resumed. What waited is sent now.',
});

export type Open = 'edit' | 'rotate' | 'test' | 'replay' | 'signature' | 'delete' | undefined;

/** What can be done with an endpoint. Tests and replays want it enabled. */
export function EndpointActions({ endpoint, open }: { endpoint: Endpoint; open: (what: Open) => void }) {
  const { can } = useProject();
  const enabled = endpoint.status === 'enabled';
  return (
    <>
      {can('webhook:send') && enabled ? (
        <Button icon={<Send aria-hidden />} onClick={() => open('test')}>
          {texts.test}
        </Button>
      ) : null}
      {can('webhook:update') ? <PauseButton endpoint={endpoint} /> : null}
      <Menu
        trigger={
          <Button square aria-label={texts.more}>
            <Ellipsis aria-hidden />
          </Button>
        }
        groups={[
          [
            ...(can('webhook:update') ? [{ text: texts.edit, icon: <Pencil aria-hidden />, run: () => open('edit') }] : []),
            ...(can('webhook:send') ? [{ text: texts.replay, icon: <Undo2 aria-hidden />, disabled: !enabled, run: () => open('replay') }] : []),
            { text: texts.signature, icon: <FileCheck aria-hidden />, run: () => open('signature') },
            ...(can('webhook:update') ? [{ text: texts.rotate, icon: <RotateCw aria-hidden />, run: () => open('rotate') }] : []),
          ],
          can('webhook:delete') ? [{ text: texts.remove, icon: <Trash2 aria-hidden />, tone: 'danger', run: () => open('delete') }] : [],
        ]}
      />
    </>
  );
}

function PauseButton({ endpoint }: { endpoint: Endpoint }) {
  const pausing = endpoint.status === 'enabled';
  const act = useAction({
    run: (api, pause: boolean) => {
      const init = {
        params: { path: { webhook_endpoint: endpoint.id } },
        headers: { ...ifMatch(endpoint.version), 'Idempotency-Key': crypto.randomUUID() },
      };
      return pause
        ? api.POST('/v1/webhook-endpoints/{webhook_endpoint}/pause', init)
        : api.POST('/v1/webhook-endpoints/{webhook_endpoint}/resume', init);
    },
    optimistic: (pause) => ({ id: endpoint.id, changes: { status: pause ? 'paused' : 'enabled', disabled_reason: null } }),
    refresh: ['webhooks', 'webhook_stats', 'audit'],
    said: (_, pause) => (pause ? texts.paused : texts.resumed),
  });
  return (
    <Button
      tone={endpoint.status === 'disabled' ? 'primary' : 'plain'}
      busy={act.isPending}
      icon={pausing ? <Pause aria-hidden /> : <Play aria-hidden />}
      onClick={() => act.mutate(pausing)}
    >
      {pausing ? texts.pause : texts.resume}
    </Button>
  );
}
