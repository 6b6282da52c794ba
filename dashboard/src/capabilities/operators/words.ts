/** Operators in words. */

import type { Schemas } from '@carcosa/client';
import type { Project } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import type { Tone } from '../../ui/display.tsx';
import type { Choice } from '../../ui/menu.tsx';

export type Operator = Schemas['Operator'];
export type Grant = Schemas['ProjectRoleGrant'];
export type PlatformRole = NonNullable<Operator['platform_role']>;

const texts = messages('operator-words', {
  status: { active: 'Active', invited: 'Invited', disabled: 'Disabled' },
  platform: { super_admin: 'Super admin', support: 'Support' },
  project: { owner: 'Owner', admin: 'Admin', developer: 'Developer', viewer: 'Viewer' },
  platformHints: {
    none: 'Only what the roles in projects below give.',
    super_admin: 'Everything: all projects, operators, and the installation itself.',
    support: 'Reads everything in all projects, and changes nothing.',
  },
  none: 'None',
  noRole: 'No role',
  of: (role: string, project: string) => `${role} of ${project}`,
  several: (count: number) => `Roles in ${counted(count, 'project', 'projects')}`,
  projectNotes: {
    owner: 'everything',
    admin: 'everything',
    developer: 'all but settings and customers’ status',
    viewer: 'reads',
  },
  credentials: { password: 'Password', totp: 'Authenticator app', single_sign_on: 'Single sign-on' },
});

const TONES: Record<Operator['status'], Tone> = { active: 'good', invited: 'info', disabled: 'mute' };

export const statusText = (status: Operator['status']): string => texts.status[status];
export const statusTone = (status: Operator['status']): Tone => TONES[status];
export const credentialText = (kind: Schemas['CredentialKind']): string => texts.credentials[kind];

export const nameOf = (operator: Pick<Operator, 'name' | 'email'>): string => operator.name ?? operator.email;

export const has = (operator: Operator, kind: Schemas['CredentialKind']): boolean => operator.credentials.some((one) => one.kind === kind);

/** What an operator is, each role by itself. */
export function roleLines(operator: Pick<Operator, 'platform_role' | 'project_roles'>, projects: readonly Project[] | undefined): string[] {
  const lines = operator.project_roles.map(({ project_id: id, role }) =>
    texts.of(texts.project[role], projects?.find((one) => one.id === id)?.name ?? id),
  );
  if (operator.platform_role) lines.unshift(texts.platform[operator.platform_role]);
  return lines.length > 0 ? lines : [texts.noRole];
}

/** The same in a few words: several projects are counted. */
export function rolesText(operator: Pick<Operator, 'platform_role' | 'project_roles'>, projects: readonly Project[] | undefined): string {
  const count = operator.project_roles.length;
  if (count < 2) return roleLines(operator, projects).join(' · ');
  return [...roleLines({ ...operator, project_roles: [] }, projects), texts.several(count)]
    .filter((line) => line !== texts.noRole)
    .join(' · ');
}

/** `''` for none. */
export const platformChoices = (): Choice<PlatformRole | ''>[] => [
  { value: '', text: texts.none },
  { value: 'support', text: texts.platform.support },
  { value: 'super_admin', text: texts.platform.super_admin },
];
export const platformHint = (role: PlatformRole | ''): string => texts.platformHints[role || 'none'];

export const projectRoleChoices = (): Choice<Grant['role']>[] =>
  (['viewer', 'developer', 'admin', 'owner'] as const).map((value) => ({
    value,
    text: texts.project[value],
    note: texts.projectNotes[value],
  }));
