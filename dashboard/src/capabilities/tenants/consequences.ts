/** What a change of status does, in sentences with the server's numbers. No React, no requests. */

import { date, number } from '../../i18n/format.ts';
import { counted, messages, plural } from '../../i18n/messages.ts';
import type { Transition } from './lifecycle.ts';
import type { Dependents } from './reading.ts';

/** The numbers that sentences are made of. */
export type Counts = Pick<Dependents, 'members' | 'keys_active' | 'webhook_endpoints_enabled' | 'invitations_pending' | 'children' | 'shares_given'>;

/** Up to here the server counts. */
const MOST = 10_000;
const amount = (count: number, one: string, other: string): string => (count >= MOST ? `${number(MOST)} or more ${other}` : counted(count, one, other));

const texts = messages('tenant-consequences', {
  membersOut: (count: number) => `${amount(count, 'member', 'members')} ${plural(count, { one: 'is', other: 'are' })} locked out`,
  keysStop: (count: number) => `${amount(count, 'API key', 'API keys')} ${plural(count, { one: 'stops', other: 'stop' })} working`,
  hooksGoOn: (count: number) => `${amount(count, 'webhook endpoint', 'webhook endpoints')} ${plural(count, { one: 'is', other: 'are' })} still told what happens`,
  hooksStop: (count: number) => `${amount(count, 'webhook endpoint', 'webhook endpoints')} ${plural(count, { one: 'hears', other: 'hear' })} nothing more`,
  invitations: (count: number) => `${amount(count, 'pending invitation', 'pending invitations')} cannot be accepted meanwhile`,
  shares: (count: number) => `${amount(count, 'share', 'shares')} with other tenants ${plural(count, { one: 'ends', other: 'end' })} when it is erased`,
  childrenStay: (count: number) => `${amount(count, 'tenant', 'tenants')} below ${plural(count, { one: 'stays', other: 'stay' })} as ${plural(count, { one: 'it is', other: 'they are' })}`,
  childrenFirst: (count: number) => `${amount(count, 'tenant', 'tenants')} below must be moved or deleted first`,
  membersIn: (count: number) => `${amount(count, 'member', 'members')} can work in it again`,
  keysWork: (count: number) => `${amount(count, 'API key', 'API keys')} ${plural(count, { one: 'works', other: 'work' })} again`,
  nobody: 'Nobody is locked out and nothing stops: it has no members, keys or endpoints yet.',
  until: (day: string) => `It can be restored until ${day}; then it is erased for good.`,
});

/** The consequences that there are, the gravest first. */
export function consequences(transition: Transition, counts: Counts): string[] {
  const when = (count: number, text: (count: number) => string) => (count > 0 ? [text(count)] : []);
  if (transition === 'activate' || transition === 'restore') {
    return [...when(counts.members, texts.membersIn), ...when(counts.keys_active, texts.keysWork)];
  }
  const deletes = transition === 'delete';
  return [
    ...when(deletes ? counts.children : 0, texts.childrenFirst),
    ...when(counts.keys_active, texts.keysStop),
    ...when(counts.members, texts.membersOut),
    ...when(counts.webhook_endpoints_enabled, deletes ? texts.hooksStop : texts.hooksGoOn),
    ...when(counts.invitations_pending, texts.invitations),
    ...when(deletes ? counts.shares_given : 0, texts.shares),
    ...when(deletes ? 0 : counts.children, texts.childrenStay),
  ];
}

export const nothingStops = (): string => texts.nobody;

/** Until when a tenant that is deleted now can be brought back. */
export const restorableUntil = (retentionDays: number, now: Date = new Date()): string =>
  texts.until(date(new Date(now.getTime() + retentionDays * 86_400_000)));
