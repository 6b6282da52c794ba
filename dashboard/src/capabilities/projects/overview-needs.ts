/** Where needs come from: one reading for each, all at once. */

import type { Schemas } from '@carcosa/client';
import type { UseQueryResult } from '@tanstack/react-query';
import { Ban, KeyRound, type LucideIcon, RefreshCw, ShieldAlert, Webhook } from 'lucide-react';
import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { duration, number, relative } from '../../i18n/format.ts';
import { counted, messages, plural } from '../../i18n/messages.ts';
import { countOf } from '../log/sentences.ts';
import { useMoment } from './overview-data.ts';

const texts = messages('overview-needs', {
  webhooks: 'Webhooks',
  webhook: (host: string) => `${host} does not take webhooks`,
  retried: 'Deliveries are tried again.',
  disabled: { failing: 'Disabled: nothing has reached it for days.', gone: 'Disabled: it says that it is gone.' } as Record<string, string>,
  moreWebhooks: (count: string) => `${count} more webhook endpoints fail`,
  keys: 'Keys',
  key: (name: string, when: string) => `The key ${name} expires ${when}`,
  keyNote: 'Whoever uses it is refused from then on.',
  moreKeys: (count: string) => `${count} more keys expire within 14 days`,
  copies: 'Sync',
  behind: (name: string) => `${name} falls behind`,
  behindNote: (events: number, time: string) => `${counted(events, 'event', 'events')}, since ${time}`,
  failing: (name: string) => `${name} fails to sync`,
  silent: (name: string) => `${name} is silent`,
  silentNote: (when: string) => `last heard ${when}`,
  never: 'never heard',
  refusals: 'Refusals',
  denied: (count: number, more: boolean) => `${more ? 'At least ' : ''}${counted(count, 'request was', 'requests were')} refused in 24 hours`,
  deniedNote: 'Someone known asked for what they may not do.',
  signIns: (count: number, more: boolean) => `${more ? 'At least ' : ''}${counted(count, 'sign-in', 'sign-ins')} failed in 24 hours`,
  signInsNote: 'To your application, as it reported.',
  suspensions: 'Suspensions',
  suspended: (count: number, more: boolean) =>
    `${number(count)}${more ? '+' : ''} ${plural(count, { one: 'tenant was', other: 'tenants were' })} suspended in 7 days`,
});

export interface Need {
  key: string;
  tone: 'bad' | 'warn' | 'info';
  icon: LucideIcon;
  text: string;
  note?: string;
  href: string;
}

export interface Source {
  name: string;
  needs: Need[];
  pending: boolean;
  error: unknown;
  retry: () => void;
}

/** Lines of one kind; what is more is one line. */
const LINES = 3;

function sourceOf<Data>(name: string, query: UseQueryResult<Data>, needs: (data: Data) => Need[]): Source {
  return {
    name,
    needs: query.data === undefined ? [] : needs(query.data),
    // What is not read, because it may not be, is not waited for.
    pending: query.isLoading,
    error: query.data === undefined ? query.error : null,
    retry: () => void query.refetch(),
  };
}

/** The first few, and one line for the rest. */
function shortened<Item>(items: readonly Item[], line: (item: Item) => Need, rest: (count: string) => Omit<Need, 'key'>, more: boolean): Need[] {
  const first = items.slice(0, LINES).map(line);
  const left = items.length - first.length;
  if (left === 0) return first;
  return [...first, { key: `more ${first[0]?.key}`, ...rest(`${number(left)}${more ? '+' : ''}`) }];
}

function usePlace() {
  const { can, project } = useProject();
  return { can, to: projectPaths(project.slug) };
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
const MOST = 20;
/** Deliveries and reports come without an event. */
const EVERY_MS = 30_000;

export function useFailingWebhooks(): Source {
  const { can, to } = usePlace();
  const read = useRead(
    ['webhooks', 'failing'],
    (api, signal) => api.GET('/v1/webhook-endpoints', { params: { query: { failing: true, limit: MOST } }, signal }),
    { enabled: can('webhook:read'), refetchInterval: EVERY_MS },
  );
  return sourceOf(texts.webhooks, read, ({ data, page }) =>
    shortened<Schemas['WebhookEndpoint']>(
      data,
      (endpoint) => ({
        key: endpoint.id,
        tone: 'bad',
        icon: Webhook,
        text: texts.webhook(hostOf(endpoint.url)),
        note: endpoint.disabled_reason ? (texts.disabled[endpoint.disabled_reason] ?? '') : texts.retried,
        href: to.webhook(endpoint.id),
      }),
      (count) => ({ tone: 'bad', icon: Webhook, text: texts.moreWebhooks(count), href: to.webhooks({ status: 'failing' }) }),
      page.has_more,
    ),
  );
}

const SOON_DAYS = 14;

export function useExpiringKeys(): Source {
  const { can, to } = usePlace();
  const before = useMoment(SOON_DAYS);
  const read = useRead(
    ['keys', 'expiring', before],
    (api, signal) => api.GET('/v1/keys', { params: { query: { expires_before: before, status: 'active', limit: MOST } }, signal }),
    { enabled: can('key:read') },
  );
  return sourceOf(texts.keys, read, ({ data, page }) =>
    shortened<Schemas['ApiKey']>(
      data,
      (key) => ({
        key: key.id,
        tone: 'warn',
        icon: KeyRound,
        text: texts.key(key.name, relative(key.expires_at ?? before)),
        note: texts.keyNote,
        href: to.key(key.id),
      }),
      (count) => ({ tone: 'warn', icon: KeyRound, text: texts.moreKeys(count), href: to.keys({ expiring: SOON_DAYS }) }),
      page.has_more,
    ),
  );
}

/** A copy that is this little behind is on its way. */
const BEHIND_SECONDS = 60;

export function useLaggingCopies(): Source {
  const { can, to } = usePlace();
  const read = useRead(['sync', 'overview'], (api, signal) => api.GET('/v1/sync/clients', { params: { query: { limit: 100 } }, signal }), {
    enabled: can('sync:read'),
    refetchInterval: EVERY_MS,
  });
  return sourceOf(texts.copies, read, ({ data }) =>
    data.flatMap((client): Need[] => {
      const { status, lag, last_error: error, last_seen_at: seen } = client.health;
      const base = { key: client.id, icon: RefreshCw, href: to.syncClient(client.id) };
      if (status === 'failing') return [{ ...base, tone: 'bad', text: texts.failing(client.name), ...(error ? { note: error } : {}) }];
      if (status === 'silent') return [{ ...base, tone: 'bad', text: texts.silent(client.name), note: seen ? texts.silentNote(relative(seen)) : texts.never }];
      if (status !== 'behind' || !lag || lag.seconds < BEHIND_SECONDS) return [];
      return [{ ...base, tone: 'warn', text: texts.behind(client.name), note: texts.behindNote(lag.events, duration(lag.seconds)) }];
    }),
  );
}

export function useRefusals(): Source {
  const { can, to } = usePlace();
  const from = useMoment(-1);
  const read = useRead(
    ['audit', 'refusals', from],
    (api, signal) => api.GET('/v1/audit', { params: { query: { action: 'access.denied,sign_in.failed', from, limit: 100 } }, signal }),
    { enabled: can('audit:read') },
  );
  return sourceOf(texts.refusals, read, ({ data, page }) => {
    const count = (action: string) => data.filter((entry) => entry.action === action).reduce((sum, entry) => sum + countOf(entry), 0);
    const need = (action: string, text: (count: number, more: boolean) => string, note: string): Need[] => {
      const times = count(action);
      return times === 0 ? [] : [{ key: action, tone: 'warn', icon: ShieldAlert, text: text(times, page.has_more), note, href: to.log({ action, from }) }];
    };
    return [...need('access.denied', texts.denied, texts.deniedNote), ...need('sign_in.failed', texts.signIns, texts.signInsNote)];
  });
}

export function useSuspensions(): Source {
  const { can, to } = usePlace();
  const from = useMoment(-7);
  const read = useRead(
    ['audit', 'suspensions', from],
    (api, signal) => api.GET('/v1/audit', { params: { query: { action: 'tenant.suspended', from, limit: 100 } }, signal }),
    { enabled: can('audit:read') },
  );
  return sourceOf(texts.suspensions, read, ({ data, page }) => {
    const tenants = new Set(data.map((entry) => entry.target.id)).size;
    if (tenants === 0) return [];
    const text = texts.suspended(tenants, page.has_more);
    return [{ key: 'suspended', tone: 'info', icon: Ban, text, href: to.log({ action: 'tenant.suspended', from }) }];
  });
}
