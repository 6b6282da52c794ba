/** What sync clients say of themselves, in words. */

import type { Schemas } from '@carcosa/client';
import { duration, number } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import type { Tone } from '../../ui/display.tsx';

export type SyncClient = Schemas['SyncClientWithHealth'];
export type SyncReport = Schemas['SyncReport'];
export type SyncStatus = Schemas['SyncStatus'];
export type SyncType = Schemas['SyncType'];
export type SyncWork = Schemas['SyncWork'];

export const TYPES: readonly SyncType[] = ['tenant', 'user', 'role', 'organization', 'membership'];
export const KINDS: readonly SyncWork[] = ['snapshot', 'changes', 'compare'];

const texts = messages('sync-words', {
  statuses: {
    registered: 'Waiting',
    running: 'Running',
    current: 'Current',
    behind: 'Behind',
    failing: 'Failing',
    silent: 'Silent',
  } as Record<SyncStatus, string>,
  meanings: {
    registered: 'It is registered, and has not reported yet.',
    running: 'A snapshot or a comparison runs right now.',
    current: 'It has everything there is.',
    behind: 'It has not got every change yet.',
    failing: 'What it did last failed.',
    silent: 'Nothing was heard of it for longer than it promised.',
  } as Record<SyncStatus, string>,
  types: {
    tenant: 'Tenants',
    user: 'Users',
    role: 'Roles',
    organization: 'Organizations',
    membership: 'Memberships',
  } as Record<SyncType, string>,
  kinds: { snapshot: 'Snapshot', changes: 'Changes', compare: 'Comparison' } as Record<SyncWork, string>,
  outcomes: { succeeded: 'Succeeded', failed: 'Failed', running: 'Running' } as Record<string, string>,
  none: 'none',
  lag: (events: number, time: string) => `${counted(events, 'event', 'events')}, ${time}`,
  done: (objects: string, total: string | undefined) => (total ? `${objects} of ${total} objects` : `${objects} objects`),
});

const TONES: Record<SyncStatus, Tone> = {
  registered: 'mute',
  running: 'info',
  current: 'good',
  behind: 'warn',
  failing: 'bad',
  silent: 'bad',
};

export const statusWord = (status: SyncStatus): string => texts.statuses[status];
export const statusMeaning = (status: SyncStatus): string => texts.meanings[status];
export const statusTone = (status: SyncStatus): Tone => TONES[status];
export const typeName = (type: SyncType): string => texts.types[type];
export const kindName = (kind: SyncWork): string => texts.kinds[kind];
export const outcomeWord = (outcome: string): string => texts.outcomes[outcome] ?? outcome;

/** `12 events, 3 min`; `undefined` before the first cursor. */
export function lagText(lag: SyncClient['health']['lag']): string | undefined {
  if (!lag) return undefined;
  return lag.events === 0 ? texts.none : texts.lag(lag.events, duration(lag.seconds));
}

export const progressText = ({ objects, total }: { objects: number; total: number | null }): string =>
  texts.done(number(objects), total === null ? undefined : number(total));

export const millis = (value: number): string => duration(value / 1000);
