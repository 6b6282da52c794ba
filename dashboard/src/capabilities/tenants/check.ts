/** Rules of a tenant's fields that need no server, in plainer words than its patterns. */

import { messages } from '../../i18n/messages.ts';
import { parseObject } from '../../ui/json-field.tsx';
import type { TenantValues } from './patch.ts';

const texts = messages('tenant-check', {
  name: 'A tenant needs a name.',
  plan: 'Lower-case letters, digits, - and _, beginning with a letter or digit.',
  region: 'Lower-case letters, digits and -, beginning with a letter or digit.',
  color: 'A colour is # and six hexadecimal digits, such as #3366cc.',
  logo: 'The address must begin with https://.',
});

const PLAN = /^[a-z0-9][a-z0-9_-]*$/;
const REGION = /^[a-z0-9][a-z0-9-]*$/;
const COLOR = /^#[0-9a-f]{6}$/i;
const LOGO = /^https:\/\/\S+$/;

/** What is wrong with a plan. */
export const checkPlan = (plan: string): string | undefined => (PLAN.test(plan.trim()) ? undefined : texts.plan);

type Brand = Pick<TenantValues, 'primaryColor' | 'accentColor' | 'logoUrl'>;

export function checkBranding(values: Brand): Record<string, string | undefined> {
  const fits = (text: string, pattern: RegExp, problem: string) => (text.trim() === '' || pattern.test(text.trim()) ? undefined : problem);
  return {
    '/branding/primary_color': fits(values.primaryColor, COLOR, texts.color),
    '/branding/accent_color': fits(values.accentColor, COLOR, texts.color),
    '/branding/logo_url': fits(values.logoUrl, LOGO, texts.logo),
  };
}

export function checkTenant(values: TenantValues): Record<string, string | undefined> {
  const metadata = parseObject(values.metadata);
  return {
    '/name': values.name.trim() === '' ? texts.name : undefined,
    '/plan': values.plan.trim() === '' ? undefined : checkPlan(values.plan),
    '/region': values.region.trim() === '' || REGION.test(values.region.trim()) ? undefined : texts.region,
    '/metadata': 'error' in metadata ? metadata.error : undefined,
    ...checkBranding(values),
  };
}
