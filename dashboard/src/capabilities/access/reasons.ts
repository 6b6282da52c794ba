/** Why somebody may or may not, in sentences with the names of who and where. */

import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';

export type Decision = Schemas['AccessDecision'];
export type Reason = Schemas['AccessReason'];

/** What those of a decision are called. */
export interface Names {
  user: string;
  tenant: string;
  permission: string;
  role: string;
  /** The tenant of the membership, when it is another one than was asked about. */
  via?: string | undefined;
  condition: string;
}

interface Sentences {
  why: (names: Names) => string;
  /** What would change it. */
  help?: (names: Names) => string;
}

const texts = messages('access-reasons', {
  granted: {
    why: ({ role, via }) =>
      via ? `The role ${role} gives it, held in ${via}, a tenant above this one, and including the tenants below.` : `The role ${role} gives it.`,
  },
  tenant_not_found: { why: () => 'There is no such tenant in this project.', help: () => 'It may have been erased, or belong to another project.' },
  tenant_suspended: {
    why: ({ tenant }) => `${tenant} is suspended: nobody may do anything in it.`,
    help: () => 'Activate the tenant to let its people work again.',
  },
  tenant_not_active: {
    why: ({ tenant }) => `${tenant} is pending, archived or deleted: nobody may do anything in it.`,
    help: () => 'Activate or restore the tenant first.',
  },
  user_not_found: { why: () => 'There is no such user in this project.', help: () => 'They may have been deleted, or belong to another project.' },
  user_disabled: {
    why: ({ user }) => `${user} is disabled, and may do nothing in any tenant.`,
    help: () => 'Enable the user to let their memberships count again.',
  },
  not_a_member: {
    why: ({ user, tenant }) => `${user} is no member of ${tenant}, nor of a tenant above it whose role includes the tenants below.`,
    help: ({ tenant }) => `Add them to ${tenant}, or invite them.`,
  },
  membership_disabled: {
    why: ({ user, tenant, via }) => `The membership of ${user} in ${via ?? tenant} is disabled.`,
    help: () => 'Enable the membership.',
  },
  other_organization: {
    why: ({ role }) => `The role ${role} is limited to an organization, and the question was about another one, or about the tenant as a whole.`,
    help: () => 'Ask about the organization, or let the role hold in the whole tenant.',
  },
  condition_not_met: {
    why: ({ role, condition }) => `The role ${role} would give it, but its condition “${condition}” does not hold. What is not known does not hold.`,
    help: () => 'Say more about the sign-in in the question, or change the conditions of the role.',
  },
  permission_not_granted: {
    why: ({ role, permission }) => `The role ${role} does not give ${permission}, and no other role of theirs does.`,
    help: ({ permission }) => `Give them a role with ${permission}, or add it to this one.`,
  },
  mfa_required: {
    why: ({ tenant }) => `A role gives it, but ${tenant} asks for a second factor.`,
    help: () => 'They must sign in with a second factor.',
  },
  sign_in_method_not_allowed: {
    why: ({ tenant }) => `A role gives it, but ${tenant} does not take this way of signing in, or the question named none.`,
    help: () => 'Name another way of signing in, or change the security rules of the tenant.',
  },
  session_too_old: {
    why: ({ tenant }) => `A role gives it, but ${tenant} asks people to sign in again after a time, which has passed or was not named.`,
    help: () => 'They must sign in again.',
  },
  address_not_allowed: {
    why: ({ tenant }) => `A role gives it, but ${tenant} does not take this address, or the question named none.`,
    help: () => 'Name their address, or change the security rules of the tenant.',
  },
} satisfies Record<Reason, Sentences> as Record<Reason, Sentences>);

export const whyText = (reason: Reason, names: Names): string => texts[reason].why(names);
export const helpText = (reason: Reason, names: Names): string | undefined => texts[reason].help?.(names);
