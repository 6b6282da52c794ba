/** A delivery on its way, until it has arrived or was given up. */

import { useRead } from '../../api/data.ts';
import { duration } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import { type Delivery, type FullDelivery, deliveryState } from './model.ts';

const texts = messages('webhooks.watch', {
  under: 'On its way…',
  answered: (status: number, time: string) => `It answered ${status} after ${time}.`,
  failed: (why: string) => `It failed: ${why}`,
});

/** How long to wait before looking again: hardly while something is about to happen, not at all once nothing will. */
function pause(delivery: FullDelivery | undefined): number | false {
  if (delivery?.status !== 'pending') return false;
  const due = delivery.next_attempt_at ? Date.parse(delivery.next_attempt_at) - Date.now() : 0;
  return due < 10_000 ? 1000 : 5000;
}

/** A delivery with its attempts, read again while it waits. */
export function useDelivery(id: string) {
  return useRead<FullDelivery>(
    ['webhooks', 'delivery', id],
    (api, signal) => api.GET('/v1/deliveries/{webhook_delivery}', { params: { path: { webhook_delivery: id } }, signal }),
    { refetchInterval: (query) => pause(query.state.data), enabled: id !== '' },
  );
}

export function Watched({ delivery }: { delivery: Delivery }) {
  const read = useDelivery(delivery.id);
  const now = read.data ?? delivery;
  const { tone, text } = deliveryState(now);
  return (
    <div className="webhooks-watched" role="status">
      <code className="clip">{now.event_type}</code>
      <Badge tone={tone} dot>
        {text}
      </Badge>
      <span className="small wrap grow">{outcome(now, read.data)}</span>
    </div>
  );
}

function outcome(now: Delivery, full: FullDelivery | undefined): string {
  const last = full?.attempt_log.at(-1);
  if (!last) return texts.under;
  if (last.status_code !== null && last.error === null) return texts.answered(last.status_code, duration(last.duration_ms / 1000));
  return texts.failed(last.error ?? now.last_error ?? '');
}
