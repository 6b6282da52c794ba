/** What a form sends: only what was changed, as a JSON Merge Patch. */

import type { Schemas } from '@carcosa/client';
import { mergePatch } from '../../api/merge-patch.ts';
import { type JsonObject, parseObject, writeObject } from '../../ui/json-field.tsx';
import type { Kind } from './lifecycle.ts';
import type { Tenant } from './tenant.tsx';

/** A tenant as its forms have it: all texts. */
export interface TenantValues {
  name: string;
  slug: string;
  kind: Kind;
  plan: string;
  region: string;
  externalId: string;
  description: string;
  metadata: string;
  primaryColor: string;
  accentColor: string;
  logoUrl: string;
}

export const blankValues: TenantValues = {
  name: '',
  slug: '',
  kind: 'organization',
  plan: '',
  region: '',
  externalId: '',
  description: '',
  metadata: '',
  primaryColor: '',
  accentColor: '',
  logoUrl: '',
};

export function valuesOf(tenant: Tenant): TenantValues {
  return {
    name: tenant.name,
    slug: tenant.slug,
    kind: tenant.kind,
    plan: tenant.plan,
    region: tenant.region ?? '',
    externalId: tenant.external_id ?? '',
    description: tenant.description ?? '',
    metadata: writeObject(tenant.metadata as JsonObject),
    primaryColor: tenant.branding.primary_color ?? '',
    accentColor: tenant.branding.accent_color ?? '',
    logoUrl: tenant.branding.logo_url ?? '',
  };
}

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** The branding that is typed in; `null` when nothing is. */
export function brandingOf(values: Pick<TenantValues, 'primaryColor' | 'accentColor' | 'logoUrl'>): Schemas['Branding'] | null {
  const branding = { primary_color: orNull(values.primaryColor), accent_color: orNull(values.accentColor), logo_url: orNull(values.logoUrl) };
  return Object.values(branding).every((value) => value === null) ? null : branding;
}

const metadataIn = (text: string): JsonObject => {
  const parsed = parseObject(text);
  return 'value' in parsed ? parsed.value : {};
};

/** The members that differ from the tenant as the form knew it. */
export function tenantPatch(tenant: Tenant, values: TenantValues): Schemas['UpdateTenant'] {
  const before = valuesOf(tenant);
  const patch: Schemas['UpdateTenant'] = {};
  if (values.name !== before.name) patch.name = values.name.trim();
  if (values.slug !== before.slug) patch.slug = values.slug.trim();
  if (values.kind !== before.kind) patch.kind = values.kind;
  if (values.plan !== before.plan) patch.plan = orNull(values.plan);
  if (values.region !== before.region) patch.region = orNull(values.region);
  if (values.externalId !== before.externalId) patch.external_id = orNull(values.externalId);
  if (values.description !== before.description) patch.description = orNull(values.description);
  const branding = (['primaryColor', 'accentColor', 'logoUrl'] as const).some((name) => values[name] !== before[name]);
  if (branding) patch.branding = brandingOf(values);
  const metadata = mergePatch(tenant.metadata as JsonObject, metadataIn(values.metadata));
  if (values.metadata !== before.metadata && metadata) patch.metadata = metadata;
  return patch;
}

/** What a new tenant is created with: nothing that was left empty. */
export function newTenant(values: TenantValues, parent: string | undefined): Schemas['CreateTenant'] {
  const branding = brandingOf(values);
  const metadata = metadataIn(values.metadata);
  const given = (name: string, text: string) => (text.trim() === '' ? {} : { [name]: text.trim() });
  return {
    name: values.name.trim(),
    kind: values.kind,
    ...given('slug', values.slug),
    ...given('plan', values.plan),
    ...given('region', values.region),
    ...given('external_id', values.externalId),
    ...given('description', values.description),
    ...(parent ? { parent_id: parent } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(branding ? { branding } : {}),
  };
}
