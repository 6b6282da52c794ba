/** The tenants above, the tenant, and those below, which are read as they are unfolded. */

import { ok } from '@carcosa/client';
import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useList, useRead } from '../../api/data.ts';
import type { Scope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Badge } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { problemText } from '../../ui/problem.ts';
import { Loaded, Skeleton } from '../../ui/states.tsx';
import { StatusBadge, TenantAvatar } from './parts.tsx';
import { type Tenant, useTenant } from './tenant.tsx';

const texts = messages('tenant-tree', {
  unfold: (name: string) => `Tenants below ${name}`,
  none: 'No tenant below it.',
  more: 'Show more',
  this: 'this tenant',
  again: 'Try again',
});

/** The hierarchy has at most 8 levels; a bound all the same, should the data ever be odd. */
const MOST_LEVELS = 16;

/** The tenants above, the topmost first. */
async function climb(api: Scope['api'], tenant: Tenant, signal: AbortSignal): Promise<Tenant[]> {
  const above: Tenant[] = [];
  let next = tenant.parent_id;
  while (next && above.length < MOST_LEVELS) {
    const found = await ok(api.GET('/v1/tenants/{tenant}', { params: { path: { tenant: next } }, signal }));
    above.unshift(found);
    next = found.parent_id;
  }
  return above;
}

const useAncestors = (tenant: Tenant) =>
  useRead(['tenants', 'above', tenant.id, tenant.parent_id], async (api, signal) => ({ data: await climb(api, tenant, signal) }));

export function HierarchyTree() {
  const { tenant } = useTenant();
  const above = useAncestors(tenant);
  return (
    <div className="ten-tree">
      <Loaded query={above} lines={2}>
        {(ancestors) => <Path above={ancestors} tenant={tenant} />}
      </Loaded>
    </div>
  );
}

/** Each ancestor with the next one in it, down to the tenant. */
function Path({ above, tenant }: { above: readonly Tenant[]; tenant: Tenant }) {
  const [first, ...rest] = above;
  return (
    <ul>
      {first ? (
        <li>
          <Row tenant={first} turn={<span className="ten-tree-none" />} />
          <Path above={rest} tenant={tenant} />
        </li>
      ) : (
        <Node tenant={tenant} current open />
      )}
    </ul>
  );
}

function Node({ tenant, current, open: initially = false }: { tenant: Tenant; current?: boolean; open?: boolean }) {
  const [open, setOpen] = useState(initially);
  return (
    <li>
      <Row
        tenant={tenant}
        current={current ?? false}
        turn={
          <span className="ten-tree-turn-box">
            <Button className="button ten-tree-turn" tone="quiet" size="sm" square aria-label={texts.unfold(tenant.name)} aria-expanded={open} onClick={() => setOpen(!open)}>
              <ChevronRight aria-hidden />
            </Button>
          </span>
        }
      />
      {open ? <Children of={tenant} /> : null}
    </li>
  );
}

function Row({ tenant, turn, current }: { tenant: Tenant; turn: ReactNode; current?: boolean }) {
  const { to } = useTenant();
  return (
    <div className="ten-tree-row" data-current={current || undefined}>
      {turn}
      <TenantAvatar tenant={tenant} />
      <span className="clip">{current ? <span className="strong">{tenant.name}</span> : <AppLink href={to.tenant(tenant.id, 'hierarchy')}>{tenant.name}</AppLink>}</span>
      {current ? <span className="hidden-visually">{texts.this}</span> : null}
      {tenant.status === 'active' ? null : <StatusBadge status={tenant.status} />}
      <Badge>{tenant.plan}</Badge>
    </div>
  );
}

function Children({ of }: { of: Tenant }) {
  const list = useList<Tenant>(['tenants', 'below', of.id], (api, after, signal) =>
    api.GET('/v1/tenants', { params: { query: { parent_id: of.id, order: 'name', limit: 50, after } }, signal }),
  );
  const { query } = list;
  return (
    <ul>
      {list.items.map((child) => (
        <Node key={child.id} tenant={child} />
      ))}
      {query.isPending ? (
        <li>
          <Skeleton lines={1} />
        </li>
      ) : null}
      {query.isError ? (
        <li className="row">
          <span className="bad-text">{problemText(query.error)}</span>
          <Button size="sm" onClick={() => void query.refetch()}>
            {texts.again}
          </Button>
        </li>
      ) : null}
      {query.isSuccess && list.items.length === 0 ? <li className="ten-tree-row dim small">{texts.none}</li> : null}
      {list.hasMore ? (
        <li className="ten-tree-row">
          <Button size="sm" busy={query.isFetchingNextPage} onClick={list.more}>
            {texts.more}
          </Button>
        </li>
      ) : null}
    </ul>
  );
}
