/** What happened, in plain words: each type of entry has a sentence in which `{actor}`, `{target}` and `{tenant}` stand for names. */

import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';

export type AuditEntry = Schemas['AuditEntry'];
export type Slot = 'actor' | 'target' | 'tenant';
/** `told`: the sentence says what kind of thing it is. */
export type Piece = string | { slot: Slot; told: boolean };

/** What is in brackets is left out where there is no tenant beside the target; what is in `<…>` where the target is not named. */
const sentences = messages('log-sentences', {
  'project.created': '{actor} created the project',
  'project.updated': '{actor} changed the project’s settings',
  'operator.created': '{actor} invited <the operator >{target}',
  'operator.updated': '{actor} changed <the operator >{target}',
  'operator.deleted': '{actor} removed <the operator >{target}',
  'operator.joined': '{target} accepted the invitation and chose a password',
  'operator.linked': '{target} came by single sign-on for the first time',
  'operator.link_sent': '{actor} had a link to choose a password mailed to {target}',
  'operator.invitation_resent': '{actor} sent the invitation of <the operator >{target} again',
  'operator.recovery_codes_replaced': '{target} has new recovery codes',
  'operator.sessions_revoked': '{actor} ended dashboard sessions of <the operator >{target}',
  'operator.password_reset_requested': 'Someone asked for a new operator password',
  'operator.password_changed': '{target} has a new password',
  'operator.totp_started': '{target} began to set up an authenticator app',
  'operator.totp_enabled': '{target} turned two-step sign-in on',
  'operator.totp_disabled': 'Two-step sign-in of {target} was turned off by {actor}',
  'operator.sign_in_failed': 'Sign-ins to the dashboard failed',
  'session.created': '{actor} signed in to the dashboard',
  'session.revoked': '{actor} ended a dashboard session',
  'user.created': '{actor} created <the user >{target}',
  'user.updated': '{actor} changed <the user >{target}',
  'user.disabled': '{actor} disabled <the user >{target} in every tenant',
  'user.enabled': '{actor} enabled <the user >{target} again',
  'user.deleted': '{actor} deleted <the user >{target}',
  'membership.created': '{actor} added {target}[ to {tenant}]',
  'membership.updated': '{actor} changed the membership of {target}[ in {tenant}]',
  'membership.deleted': '{actor} removed {target}[ from {tenant}]',
  'invitation.created': '{actor} invited {target}[ to {tenant}]',
  'invitation.resent': '{actor} sent the invitation of {target} again',
  'invitation.accepted': '{target} accepted the invitation[ to {tenant}]',
  'invitation.declined': '{target} declined the invitation[ to {tenant}]',
  'invitation.revoked': '{actor} took back the invitation of {target}',
  'role.created': '{actor} created <the role >{target}[ in {tenant}]',
  'role.updated': '{actor} changed <the role >{target}[ in {tenant}]',
  'role.deleted': '{actor} deleted <the role >{target}[ in {tenant}]',
  'token.created': '{actor} signed a user in[ to {tenant}]',
  'token.revoked': '{actor} ended a user’s sign-in[ to {tenant}]',
  'key.created': '{actor} created <the API key >{target}[ for {tenant}]',
  'key.updated': '{actor} changed <the API key >{target}[ of {tenant}]',
  'key.rotated': '{actor} gave <the API key >{target}[ of {tenant}] a new secret',
  'key.imported': '{actor} imported <the API key >{target}[ of {tenant}]',
  'key.revoked': '{actor} revoked <the API key >{target}[ of {tenant}]',
  'tenant.created': '{actor} created {target}',
  'tenant.updated': '{actor} changed {target}',
  'tenant.activated': '{actor} activated {target}',
  'tenant.suspended': '{actor} suspended {target}',
  'tenant.archived': '{actor} archived {target}',
  'tenant.deleted': '{actor} deleted {target}',
  'tenant.restored': '{actor} brought {target} back',
  'tenant.purged': '{actor} erased {target} for good',
  'security_policy.updated': '{actor} changed the security policy of {target}',
  'organization.created': '{actor} created <the organization >{target}[ in {tenant}]',
  'organization.updated': '{actor} changed <the organization >{target}[ in {tenant}]',
  'organization.deleted': '{actor} deleted <the organization >{target}[ in {tenant}]',
  'share.created': '{actor} shared {target}[ of {tenant}]',
  'share.revoked': '{actor} took back <the share >{target}[ of {tenant}]',
  'webhook_endpoint.created': '{actor} added <the webhook endpoint >{target}',
  'webhook_endpoint.updated': '{actor} changed <the webhook endpoint >{target}',
  'webhook_endpoint.secret_rotated': '{actor} gave <the webhook endpoint >{target} a new secret',
  'webhook_endpoint.paused': '{actor} paused <the webhook endpoint >{target}',
  'webhook_endpoint.resumed': '{actor} resumed <the webhook endpoint >{target}',
  'webhook_endpoint.disabled': '{actor} disabled <the webhook endpoint >{target}',
  'webhook_endpoint.replayed': '{actor} had events sent again to {target}',
  'webhook_endpoint.deleted': '{actor} deleted <the webhook endpoint >{target}',
  'sync_client.created': '{actor} registered <the sync client >{target}',
  'sync_client.updated': '{actor} changed <the sync client >{target}',
  'sync_client.deleted': '{actor} removed <the sync client >{target}',
  'access.denied': '{actor} was refused',
  'sign_in.failed': 'Sign-ins failed',
  'audit.exported': '{actor} exported the log',
  'audit.pruned': 'Old entries of the log were removed by its retention',
} as Record<string, string>);

const texts = messages('log-words', { unknown: (verb: string) => `{actor}: ${verb} {target}` });

const spaced = (word: string): string => word.replaceAll('_', ' ');

/** The sentence of an entry, in pieces. A type that this dashboard does not know is told by its own name. */
export function piecesOf(entry: Pick<AuditEntry, 'action' | 'tenant_id' | 'target'>, self?: string): Piece[] {
  const known = sentences[entry.action] ?? texts.unknown(spaced(entry.action.replace('.', ' ')));
  // The tenant is not named where it is the target itself, or whose page this is.
  const names = entry.tenant_id !== null && entry.tenant_id !== entry.target.id && entry.tenant_id !== self;
  const whole = known.replace(/\[([^\]]*)\]/g, names ? '$1' : '').replace(/<([^>]*)>/g, entry.target.id === self ? '' : '$1');
  return whole.split(/(\{\w+\})/).flatMap((part): Piece[] => {
    if (part === '') return [];
    return /^\{\w+\}$/.test(part) ? [{ slot: part.slice(1, -1) as Slot, told: known.includes(`>${part}`) }] : [part];
  });
}

/** The sentence of an entry as one text. */
export const sentenceText = (entry: Pick<AuditEntry, 'action' | 'tenant_id' | 'target'>, names: Record<Slot, string>): string =>
  piecesOf(entry)
    .map((piece) => (typeof piece === 'string' ? piece : names[piece.slot]))
    .join('');

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
/** More members than this are too many for a line. */
const MEMBERS = 3;

/** What a line has room for besides: the members that changed, or what was refused. */
export function moreOf(entry: Pick<AuditEntry, 'changes' | 'details'>): string | undefined {
  if (isObject(entry.changes)) {
    const names = Object.keys(entry.changes).map(spaced);
    if (names.length > 0) return names.length > MEMBERS ? `${names.slice(0, MEMBERS).join(', ')}, …` : names.join(', ');
  }
  if (!isObject(entry.details)) return undefined;
  const { permission, code } = entry.details;
  return typeof permission === 'string' ? permission : typeof code === 'string' ? spaced(code) : undefined;
}

/** How many refusals or failures an entry counts together. */
export function countOf(entry: Pick<AuditEntry, 'details'>): number {
  const details = entry.details as { count?: unknown } | null | undefined;
  return typeof details?.count === 'number' ? details.count : 1;
}

/** Types of entries of a project, by their noun: what filters offer. */
const OF_INSTALLATION = new Set(['operator', 'session']);
export function knownActions(place: 'project' | 'installation'): { noun: string; actions: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const action of Object.keys(sentences)) {
    const noun = action.slice(0, action.indexOf('.'));
    const here = place === 'project' ? !OF_INSTALLATION.has(noun) : OF_INSTALLATION.has(noun) || noun === 'project' || noun === 'audit';
    if (here) groups.set(noun, [...(groups.get(noun) ?? []), action]);
  }
  return [...groups].map(([noun, actions]) => ({ noun, actions }));
}
