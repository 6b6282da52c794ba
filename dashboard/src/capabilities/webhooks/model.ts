/** What endpoints and deliveries are, in words. */

import type { Schemas } from '@carcosa/client';
import { useRead } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import type { Tone } from '../../ui/display.tsx';

export type Endpoint = Schemas['WebhookEndpoint'];
export type EndpointWithSecret = Schemas['WebhookEndpointWithSecret'];
export type Stats = Schemas['WebhookStats'];
export type Delivery = Schemas['WebhookDelivery'];
export type FullDelivery = Schemas['WebhookDeliveryWithAttempts'];
export type EventType = Schemas['EventTypeInfo'];

const texts = messages('webhooks.model', {
  enabled: 'Enabled',
  paused: 'Paused',
  disabled: 'Disabled',
  gone: 'Disabled: gone',
  failingOff: 'Disabled: failing',
  failing: 'Failing',
  all: 'All events',
  more: (count: number) => `+${count}`,
  pending: 'Waiting',
  retrying: 'Retrying',
  succeeded: 'Succeeded',
  failed: 'Failed',
  canceled: 'Canceled',
});

export interface State {
  tone: Tone;
  text: string;
}

/** How an endpoint is; whether it fails is known once its statistics are. */
export function stateOf(endpoint: Endpoint, stats?: Stats): State {
  if (endpoint.status === 'paused') return { tone: 'mute', text: texts.paused };
  if (endpoint.status === 'disabled') {
    const why = { gone: texts.gone, failing: texts.failingOff };
    return { tone: 'bad', text: endpoint.disabled_reason ? why[endpoint.disabled_reason] : texts.disabled };
  }
  if (stats && stats.consecutive_failures > 0) return { tone: 'bad', text: texts.failing };
  return { tone: 'good', text: texts.enabled };
}

export function deliveryState(delivery: Pick<Delivery, 'status' | 'attempts'>): State {
  if (delivery.status === 'succeeded') return { tone: 'good', text: texts.succeeded };
  if (delivery.status === 'failed') return { tone: 'bad', text: texts.failed };
  if (delivery.status === 'canceled') return { tone: 'mute', text: texts.canceled };
  return delivery.attempts > 0 ? { tone: 'warn', text: texts.retrying } : { tone: 'info', text: texts.pending };
}

/** Patterns in a cell: the first ones, and how many more there are. */
export function patternsText(patterns: readonly string[]): string {
  if (patterns.includes('*')) return texts.all;
  const shown = patterns.slice(0, 2).join(', ');
  return patterns.length > 2 ? `${shown} ${texts.more(patterns.length - 2)}` : shown;
}

/** Whether a pattern such as `tenant.*` hears a type. */
export const hears = (pattern: string, type: string): boolean =>
  pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1)));

/** Statistics are counted anew for each asking, so a glance at a list does not ask twice. */
export function useStats(id: string, options: { live?: boolean } = {}) {
  return useRead(
    options.live ? ['webhooks', id, 'stats'] : ['webhook_stats', id],
    (api, signal) => api.GET('/v1/webhook-endpoints/{webhook_endpoint}/stats', { params: { path: { webhook_endpoint: id } }, signal }),
    options.live ? { refetchInterval: 5000 } : { staleTime: 20_000, refetchInterval: 30_000 },
  );
}

/** All types of events there are. They change with the server's version alone. */
export function useEventTypes(enabled = true) {
  return useRead(['event_types'], (api, signal) => api.GET('/v1/event-types', { signal }), { staleTime: Infinity, enabled });
}
