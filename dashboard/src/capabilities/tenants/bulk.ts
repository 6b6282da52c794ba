/** Doing the same to many tenants: who is changed, who is skipped and why, how it went. No React, no requests. */

import { messages } from '../../i18n/messages.ts';
import { type Transition, allows, statusText } from './lifecycle.ts';
import type { Tenant } from './tenant.tsx';

export type BulkAct = { do: Transition } | { do: 'plan'; plan: string };

const texts = messages('tenants-bulk-reasons', {
  status: (status: string) => `is ${status.toLocaleLowerCase()}`,
  deleted: 'is deleted',
  samePlan: (plan: string) => `has the plan ${plan} already`,
  locked: 'a tenant above it locks its plan',
});

export interface Skipped {
  tenant: Tenant;
  why: string;
}
export interface Sorted {
  run: Tenant[];
  skipped: Skipped[];
}

/** Why nothing would happen to a tenant. */
function obstacle(tenant: Tenant, act: BulkAct): string | undefined {
  if (act.do !== 'plan') return allows(tenant.status, act.do) ? undefined : texts.status(statusText[tenant.status]);
  if (tenant.status === 'deleted') return texts.deleted;
  if (tenant.inheritance.plan?.locked) return texts.locked;
  return tenant.plan === act.plan ? texts.samePlan(act.plan) : undefined;
}

/** Those that can be changed, and those that are left alone. */
export function sort(tenants: readonly Tenant[], act: BulkAct): Sorted {
  const sorted: Sorted = { run: [], skipped: [] };
  for (const tenant of tenants) {
    const why = obstacle(tenant, act);
    if (why === undefined) sorted.run.push(tenant);
    else sorted.skipped.push({ tenant, why });
  }
  return sorted;
}

/** How many are skipped for each reason, the most frequent first. */
export function reasons(skipped: readonly Skipped[]): [why: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { why } of skipped) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}

export type Outcome = 'done' | 'failed' | 'skipped' | 'stopped';
export interface Row {
  id: string;
  name: string;
  outcome: Outcome;
  text: string;
}

/** At most this many requests at a time: the server has others to serve. */
const WIDTH = 4;

/**
 * Works through the items, `width` at a time, and says after each how it went. When `signal` says stop, what has begun is finished and the rest is left.
 * Answers with what was left.
 */
export async function inTurn<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
  ended: (item: Item, error: unknown) => void,
  signal: AbortSignal,
  width: number = WIDTH,
): Promise<Item[]> {
  let next = 0;
  const lane = async () => {
    while (next < items.length && !signal.aborted) {
      const item = items[next] as Item;
      next += 1;
      try {
        await work(item);
        ended(item, undefined);
      } catch (error) {
        ended(item, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return items.slice(next);
}

/** The rows as CSV. A spreadsheet must not take a name for a formula. */
export function csv(rows: readonly Row[], outcomeText: Record<Outcome, string>): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = rows.map((row) => [row.id, row.name, outcomeText[row.outcome], row.text].map(cell).join(','));
  return ['id,name,outcome,detail', ...lines].join('\r\n');
}
