/** Where entries are read from: a project's log, what it has of one tenant, or the installation's own. */

import type { Carcosa } from '@carcosa/client';
import type { Page } from '../../api/data.ts';
import type { AuditEntry } from './sentences.ts';

export const ACTOR_KINDS = ['operator', 'api_key', 'user', 'cli', 'system'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/** Filters as the API names them. */
export interface LogQuery {
  action?: string;
  actor_id?: string;
  actor_kind?: ActorKind;
  target_id?: string;
  tenant_id?: string;
  from?: string;
  to?: string;
}

export interface Source {
  name: string;
  place: 'project' | 'installation';
  /** All that is shown is of this tenant. */
  tenant?: string;
  load: (api: Carcosa, query: LogQuery & { limit?: number; after?: string }, signal: AbortSignal) => Promise<{ data?: Page<AuditEntry> }>;
}

export const projectSource: Source = {
  name: 'project',
  place: 'project',
  load: (api, query, signal) => api.GET('/v1/audit', { params: { query }, signal }),
};

/** The project's view of a tenant's entries: with the addresses and ids that the tenant itself is not told. */
export const tenantSource = (tenant: string): Source => ({
  name: tenant,
  place: 'project',
  tenant,
  load: (api, query, signal) => api.GET('/v1/audit', { params: { query: { ...query, tenant_id: tenant } }, signal }),
});

export const installationSource: Source = {
  name: 'installation',
  place: 'installation',
  // Its log has no tenants, and the filter for them is not offered.
  load: (api, query, signal) => api.GET('/v1/installation/audit', { params: { query }, signal }),
};

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** When an id was made: ids begin with their time, in milliseconds since 1970. */
export function timeOf(id: string): number | undefined {
  const head = id.slice(id.indexOf('_') + 1).slice(0, 10);
  const digits = [...head].map((letter) => ALPHABET.indexOf(letter));
  if (digits.length < 10 || digits.includes(-1)) return undefined;
  return digits.reduce((sum, digit) => sum * 32 + digit, 0);
}

const AROUND_MS = 15_000;
const MOST_PAGES = 5;

/** One entry by its id, which the API has no address for: looked for around the time that the id tells. */
export async function findEntry(source: Source, api: Carcosa, id: string, signal: AbortSignal): Promise<AuditEntry | null> {
  const at = timeOf(id);
  if (at === undefined) return null;
  const window = { from: new Date(at - AROUND_MS).toISOString(), to: new Date(at + AROUND_MS).toISOString(), limit: 100 };
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { data } = await source.load(api, { ...window, after }, signal);
    const found = data?.data.find((entry) => entry.id === id);
    if (found) return found;
    if (!data?.page.has_more || !data.page.after) return null;
    after = data.page.after;
  }
  return null;
}
