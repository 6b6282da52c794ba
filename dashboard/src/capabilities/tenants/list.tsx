/** The tenants of the project: any number of them, found by words and filters, changed one by one or many at once. */

import { Building2, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useList } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { later } from '../../ui/later.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { columns } from './columns.tsx';
import { FilterBar } from './filters.tsx';
import type { Kind, Status } from './lifecycle.ts';
import type { Tenant } from './tenant.tsx';
import { FILTERS, type Filters, compact } from './views.ts';
import { ViewsBar } from './views-bar.tsx';

const CreateTenant = later(() => import('./create.tsx').then((module) => module.CreateTenant));

const texts = messages('tenants', {
  title: 'Tenants',
  create: 'Create tenant',
  none: 'No tenants yet',
  noneHint: 'A tenant is a customer of your application, a company or a person, with its own members, keys and settings. Your application creates them by the API; you can create one here.',
  nothing: 'No tenant matches',
  nothingHint: 'Each word must begin a word of the name, slug, external id or metadata, and all filters must fit.',
  clear: 'Clear filters',
});

type Order = 'name' | '-name' | 'created_at' | '-created_at' | 'updated_at' | '-updated_at';
const NEWEST = '-created_at';

/** The list as the address wants it. The best match comes first when there are words, so there is no other order then. */
function useTenants(filters: Filters) {
  const { q, status, kind, plan, region, parent, order } = filters;
  const query = {
    total: true,
    limit: 50,
    ...(q ? { q } : { order: (order || NEWEST) as Order }),
    ...(status ? { status: status as Status } : {}),
    ...(kind ? { kind: kind as Kind } : {}),
    ...(plan ? { plan } : {}),
    ...(region ? { region } : {}),
    ...(parent ? { parent_id: parent } : {}),
  };
  return useList<Tenant>(['tenants', 'list', query], (api, after, signal) =>
    api.GET('/v1/tenants', { params: { query: { ...query, ...(after ? { after } : {}) } }, signal }),
  );
}

export function Tenants() {
  const { project, can } = useProject();
  const to = projectPaths(project.slug);
  const [{ new: creating, ...filters }, set] = useSearch({ ...FILTERS, new: '' });
  const list = useTenants(filters);
  const [selected, select] = useSelection(list.items, JSON.stringify(filters));
  const filtered = Object.keys(compact({ ...filters, order: '' })).length > 0;
  const shown = useMemo(() => columns(filters.order), [filters.order]);
  const create = (tone: 'primary' | 'plain') => (
    <Button tone={tone} data-create icon={<Plus aria-hidden />} onClick={() => set({ new: '1' })}>
      {texts.create}
    </Button>
  );
  const allowed = can('tenant:create');
  return (
    <Page title={texts.title} actions={allowed ? create('primary') : undefined}>
      <div className="stack">
        <ViewsBar query={compact(filters)} />
        <FilterBar filters={filters} set={set} />
        <Table
          label={texts.title}
          list={list}
          columns={shown}
          idOf={(tenant) => tenant.id}
          nameOf={(tenant) => tenant.name}
          href={(tenant) => to.tenant(tenant.id)}
          selection={{ ids: new Set(selected.keys()), change: select }}
          {...(filters.q === '' ? { order: { value: filters.order || NEWEST, change: (order) => set({ order: order === NEWEST ? '' : order }) } } : {})}
          empty={
            filtered ? (
              <Empty
                title={texts.nothing}
                action={<Button onClick={() => set({ ...FILTERS, order: filters.order })}>{texts.clear}</Button>}
              >
                {texts.nothingHint}
              </Empty>
            ) : (
              <Empty icon={<Building2 aria-hidden />} title={texts.none} action={allowed ? create('plain') : null}>
                {texts.noneHint}
              </Empty>
            )
          }
        />
        <BulkBar tenants={[...selected.values()]} clear={() => select(new Set())} />
      </div>
      {creating && allowed ? <CreateTenant onClose={() => set({ new: '' })} /> : null}
    </Page>
  );
}

/**
 * What is selected, as it was last seen: live changes may take a row out of the list while it is selected. Other filters begin anew, so that nothing is
 * changed that is not in sight.
 */
function useSelection(items: readonly Tenant[], place: string): [Map<string, Tenant>, (ids: ReadonlySet<string>) => void] {
  const [selected, setSelected] = useState<Map<string, Tenant>>(new Map());
  const [seen, setSeen] = useState(place);
  if (seen !== place) {
    setSeen(place);
    setSelected(new Map());
  }
  const current = useMemo(() => {
    const fresh = new Map(items.map((item) => [item.id, item]));
    return new Map([...selected].map(([id, tenant]) => [id, fresh.get(id) ?? tenant]));
  }, [items, selected]);
  const select = (ids: ReadonlySet<string>) => {
    const known = new Map([...current, ...items.map((item) => [item.id, item] as const)]);
    setSelected(new Map([...ids].flatMap((id) => (known.has(id) ? [[id, known.get(id) as Tenant]] : []))));
  };
  return [current, select];
}
