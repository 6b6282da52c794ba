/** The bar of filters above the list, and what is filtered by beyond it. */

import { ListFilter, X } from 'lucide-react';
import { useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SearchField, TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Select } from '../../ui/menu.tsx';
import { Checkbox } from '../../ui/fields.tsx';
import type { Option } from '../../ui/picker.tsx';
import { STATUSES, kindText, statusText } from './lifecycle.ts';
import { TenantPicker } from './picker.tsx';
import { useOneTenant, usePlans } from './reading.ts';
import type { Filters, Query } from './views.ts';

const texts = messages('tenants-filters', {
  search: 'Search tenants',
  placeholder: 'Name, slug, external id, metadata…',
  status: 'Status',
  kind: 'Kind',
  plan: 'Plan',
  any: 'Any',
  notDeleted: 'All but deleted',
  sort: 'Sort',
  best: 'Best match first',
  more: 'More filters',
  region: 'Region',
  regionIs: (region: string) => `Region ${region}`,
  parent: 'Below the tenant',
  below: (name: string) => `Below ${name}`,
  roots: 'Without a parent',
  rootsOnly: 'Only tenants without a parent',
  apply: 'Apply',
  remove: (what: string) => `Remove the filter ${what}`,
  orders: {
    '': 'Newest first',
    created_at: 'Oldest first',
    name: 'Name, A to Z',
    '-name': 'Name, Z to A',
    '-updated_at': 'Last changed first',
    updated_at: 'Longest unchanged first',
  },
});

type Set = (changes: Query, options?: { replace?: boolean }) => void;

export function FilterBar({ filters, set }: { filters: Filters; set: Set }) {
  const [more, setMore] = useState(false);
  const plans = usePlans();
  const known = filters.plan && !plans.includes(filters.plan) ? [filters.plan, ...plans] : plans;
  return (
    <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
      <div className="table-bar">
        <SearchField value={filters.q} onChange={(q) => set({ q }, { replace: true })} label={texts.search} placeholder={texts.placeholder} />
        <Select
          compact
          label={texts.status}
          value={filters.status}
          choices={[{ value: '', text: texts.notDeleted }, ...STATUSES.map((value) => ({ value, text: statusText[value] }))]}
          onChange={(status) => set({ status })}
        />
        <Select
          compact
          label={texts.kind}
          value={filters.kind}
          choices={[{ value: '', text: texts.any }, ...Object.entries(kindText).map(([value, text]) => ({ value, text }))]}
          onChange={(kind) => set({ kind })}
        />
        <Select
          compact
          label={texts.plan}
          value={filters.plan}
          choices={[{ value: '', text: texts.any }, ...known.map((value) => ({ value, text: value }))]}
          onChange={(plan) => set({ plan })}
        />
        <Button icon={<ListFilter aria-hidden />} onClick={() => setMore(true)}>
          {texts.more}
        </Button>
        {filters.q === '' ? (
          <Select
            compact
            label={texts.sort}
            value={filters.order}
            choices={Object.entries(texts.orders).map(([value, text]) => ({ value, text }))}
            onChange={(order) => set({ order })}
          />
        ) : (
          <span className="dim small">{texts.best}</span>
        )}
      </div>
      <Chips filters={filters} set={set} />
      {more ? <MoreFilters filters={filters} set={set} onClose={() => setMore(false)} /> : null}
    </div>
  );
}

/** Filters that no control of the bar shows. */
function Chips({ filters, set }: { filters: Filters; set: Set }) {
  const parent = useOneTenant(filters.parent === 'none' ? undefined : filters.parent);
  const chips: [keyof Query, string][] = [];
  if (filters.region) chips.push(['region', texts.regionIs(filters.region)]);
  if (filters.parent === 'none') chips.push(['parent', texts.roots]);
  else if (filters.parent) chips.push(['parent', texts.below(parent.data?.name ?? filters.parent)]);
  if (chips.length === 0) return null;
  return (
    <ul className="row">
      {chips.map(([name, text]) => (
        <li key={name} className="ten-chip">
          <span className="clip">{text}</span>
          <Button tone="quiet" size="sm" square aria-label={texts.remove(text)} onClick={() => set({ [name]: '' })}>
            <X aria-hidden />
          </Button>
        </li>
      ))}
    </ul>
  );
}

function MoreFilters({ filters, set, onClose }: { filters: Filters; set: Set; onClose: () => void }) {
  const roots = filters.parent === 'none';
  const present = useOneTenant(roots ? undefined : filters.parent);
  const form = useForm({
    initial: {
      region: filters.region,
      roots,
      parent: (filters.parent && !roots ? { value: filters.parent, text: present.data?.name ?? filters.parent } : null) as Option | null,
    },
    send: async (values) => {
      set({ region: values.region.trim(), parent: values.roots ? 'none' : (values.parent?.value ?? '') });
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={texts.more} width="26rem">
      <Form form={form} inDialog always action={texts.apply} onCancel={onClose}>
        <TextField
          label={texts.region}
          pointer="/region"
          maxLength={64}
          autoFocus
          placeholder="eu-north"
          value={form.values.region}
          onChange={(value) => form.set('region', value.toLowerCase())}
        />
        {form.values.roots ? null : (
          <TenantPicker label={texts.parent} pointer="/parent" value={form.values.parent} onChange={(value) => form.set('parent', value)} />
        )}
        <Checkbox label={texts.rootsOnly} checked={form.values.roots} onChange={(value) => form.set('roots', value)} />
      </Form>
    </Dialog>
  );
}
