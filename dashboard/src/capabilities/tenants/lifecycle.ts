/** The status machine of tenants, as the server has it (crates/carcosa/src/capabilities/tenants/model.rs). */

import type { Tone } from '../../ui/display.tsx';
import { messages } from '../../i18n/messages.ts';
import type { Tenant } from './tenant.tsx';

export type Status = Tenant['status'];
export type Kind = Tenant['kind'];
export const STATUSES: readonly Status[] = ['pending', 'active', 'suspended', 'archived', 'deleted'];

export const statusText: Record<Status, string> = messages('tenant-status', {
  pending: 'Pending',
  active: 'Active',
  suspended: 'Suspended',
  archived: 'Archived',
  deleted: 'Deleted',
});

export const statusTone: Record<Status, Tone> = {
  pending: 'info',
  active: 'good',
  suspended: 'warn',
  archived: 'mute',
  deleted: 'bad',
};

export const kindText: Record<Kind, string> = messages('tenant-kind', { organization: 'Organization', individual: 'Individual' });

export type Transition = 'activate' | 'suspend' | 'archive' | 'restore' | 'delete';
export const TRANSITIONS: readonly Transition[] = ['activate', 'suspend', 'archive', 'restore', 'delete'];

/** From which statuses each is allowed. */
const FROM: Record<Transition, readonly Status[]> = {
  activate: ['pending', 'suspended', 'archived'],
  suspend: ['active'],
  archive: ['active', 'suspended'],
  restore: ['archived', 'deleted'],
  delete: ['pending', 'active', 'suspended', 'archived'],
};

export const allows = (status: Status, transition: Transition): boolean => FROM[transition].includes(status);

/** What to offer for a status. Restoring an archived tenant is the same as activating it, so one of both is enough. */
export const offered = (status: Status): Transition[] =>
  TRANSITIONS.filter((one) => allows(status, one) && !(one === 'restore' && status === 'archived'));

export const permissionFor = (transition: Transition): string => (transition === 'delete' ? 'tenant:delete' : 'tenant:transition');

/** When the tenant came to be as it is. */
export function since(tenant: Tenant): string | null {
  const at: Record<Status, string | null> = {
    pending: tenant.created_at,
    active: tenant.activated_at,
    suspended: tenant.suspended_at,
    archived: tenant.archived_at,
    deleted: tenant.deleted_at,
  };
  return at[tenant.status];
}
