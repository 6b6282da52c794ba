/** What of the log is shown: by action, by whom, on what, when. */

import { Popover } from '@base-ui/react/popover';
import { CalendarClock, ChevronDown, SlidersHorizontal, X } from 'lucide-react';
import { type ReactElement, type ReactNode, useMemo, useState } from 'react';
import { dateTime } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { DateTimeField, TextField } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';
import { Menu, Select } from '../../ui/menu.tsx';
import { type Option, Picker } from '../../ui/picker.tsx';
import { useTenantOptions } from '../tenants/reading.ts';
import { ActionChoice } from './action-choice.tsx';
import { type LogFilters, actionsOf } from './filters.ts';
import { kindOf, useName } from './objects.ts';
import { actorKind } from './sentence.tsx';
import { ACTOR_KINDS, type Source } from './source.ts';

const texts = messages('log-filters', {
  action: 'Action',
  anything: 'Any',
  several: (count: number) => counted(count, 'kind', 'kinds'),
  by: 'By',
  anyone: 'Anyone',
  when: 'When',
  hour: 'Last hour',
  day: 'Last 24 hours',
  week: 'Last 7 days',
  month: 'Last 30 days',
  ever: 'Any time',
  more: 'More filters',
  actor: 'Actor',
  actorHint: 'The id of an operator, a key or a user.',
  target: 'Object',
  targetHint: 'What it was done to: an id of any kind.',
  tenant: 'Tenant',
  tenantHint: 'Type a name.',
  from: 'From',
  to: 'Before',
  clear: 'Clear filters',
  remove: (what: string) => `Remove the filter ${what}`,
});

export function FilterBar({ filters, source, children }: { filters: LogFilters; source: Source; children?: ReactNode }) {
  const { values, set } = filters;
  const actions = actionsOf(values.action);
  const [only] = actions;
  return (
    <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
      <div className="table-bar">
        <Drop
          label={texts.action}
          trigger={
            <Button title={actions.join(', ')}>
              <span className="dim">{texts.action}</span>
              <span className="clip log-chosen">
                {only === undefined ? texts.anything : actions.length === 1 ? only : texts.several(actions.length)}
              </span>
              <ChevronDown aria-hidden />
            </Button>
          }
        >
          <ActionChoice place={source.place} value={values.action} onChange={(action) => set({ action }, { replace: true })} />
        </Drop>
        <Select
          compact
          label={texts.by}
          value={values.kind}
          choices={[{ value: '', text: texts.anyone }, ...ACTOR_KINDS.map((kind) => ({ value: kind as string, text: actorKind(kind) }))]}
          onChange={(kind) => set({ kind })}
        />
        <When filters={filters} />
        <Drop
          label={texts.more}
          trigger={
            <Button icon={<SlidersHorizontal aria-hidden />}>
              <span>{texts.more}</span>
            </Button>
          }
        >
          <More filters={filters} source={source} />
        </Drop>
        <span className="grow" />
        {children}
      </div>
      <Chips filters={filters} source={source} />
    </div>
  );
}

/** A button with a small window of controls below it. */
function Drop({ label, trigger, children }: { label: string; trigger: ReactElement; children: ReactNode }) {
  return (
    <Popover.Root>
      <Popover.Trigger render={trigger} />
      <Popover.Portal>
        <Popover.Positioner className="positioner" sideOffset={4} align="start" collisionPadding={8}>
          <Popover.Popup className="popup log-drop" aria-label={label}>{children}</Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

const HOUR_MS = 3_600_000;

function When({ filters }: { filters: LogFilters }) {
  const since = (hours: number) => () => filters.set({ from: new Date(Date.now() - hours * HOUR_MS).toISOString(), to: '' });
  return (
    <Menu
      trigger={
        <Button icon={<CalendarClock aria-hidden />}>
          <span>{texts.when}</span>
        </Button>
      }
      groups={[
        [
          { text: texts.hour, run: since(1) },
          { text: texts.day, run: since(24) },
          { text: texts.week, run: since(24 * 7) },
          { text: texts.month, run: since(24 * 30) },
        ],
        [{ text: texts.ever, run: () => filters.set({ from: '', to: '' }) }],
      ]}
    />
  );
}

function More({ filters, source }: { filters: LogFilters; source: Source }) {
  const { values, set } = filters;
  return (
    <div className="fields log-more">
      {source.place === 'project' && !source.tenant ? <TenantFilter filters={filters} /> : null}
      <IdField label={texts.actor} hint={texts.actorHint} value={values.actor} onChange={(actor) => set({ actor })} />
      <IdField label={texts.target} hint={texts.targetHint} value={values.target} onChange={(target) => set({ target })} />
      <DateTimeField label={texts.from} pointer="/from" value={values.from} onChange={(from) => set({ from }, { replace: true })} />
      <DateTimeField label={texts.to} pointer="/to" value={values.to} onChange={(to) => set({ to }, { replace: true })} />
    </div>
  );
}

/** Taken once it is whole: half an id would only be refused. */
function IdField({ label, hint, value, onChange }: { label: string; hint: string; value: string; onChange: (id: string) => void }) {
  const [text, setText] = useState(value);
  const take = () => text.trim() !== value && onChange(text.trim());
  return (
    <TextField
      mono
      label={label}
      hint={hint}
      pointer={`/${label}`}
      value={text}
      maxLength={64}
      onChange={setText}
      onBlur={take}
      onKeyDown={(event) => event.key === 'Enter' && take()}
    />
  );
}

function TenantFilter({ filters }: { filters: LogFilters }) {
  const [q, setQ] = useState('');
  const id = filters.values.tenant;
  const name = useName(id ? { kind: 'tenant', id } : undefined);
  // The same object while it is the same tenant: another one would write its name over what is typed.
  const chosen = useMemo<Option | null>(() => (id ? { value: id, text: name } : null), [id, name]);
  const { options, searching } = useTenantOptions(q, chosen);
  return (
    <Field label={texts.tenant} pointer="/tenant" hint={texts.tenantHint}>
      {(control) => (
        <Picker
          control={control}
          value={chosen}
          onChange={(option) => filters.set({ tenant: option?.value ?? '' })}
          options={options}
          find={setQ}
          searching={searching}
        />
      )}
    </Field>
  );
}

/** Filters that are set, each with a way to be rid of it. */
function Chips({ filters, source }: { filters: LogFilters; source: Source }) {
  const { values, set, count, clear } = filters;
  if (count === 0) return null;
  const chip = (text: ReactNode, what: string, gone: Parameters<typeof set>[0]) => (
    <li key={what} className="badge log-chip">
      <span className="clip">{text}</span>
      <button type="button" className="token-remove" aria-label={texts.remove(what)} onClick={() => set(gone)}>
        <X aria-hidden />
      </button>
    </li>
  );
  return (
    <ul className="row">
      {actionsOf(values.action).map((action) =>
        chip(action, action, { action: actionsOf(values.action).filter((one) => one !== action).join(',') }),
      )}
      {values.kind ? chip(`${texts.by} ${actorKind(values.kind)}`, texts.by, { kind: '' }) : null}
      {values.actor ? chip(<Named label={texts.actor} id={values.actor} />, texts.actor, { actor: '' }) : null}
      {values.target ? chip(<Named label={texts.target} id={values.target} />, texts.target, { target: '' }) : null}
      {values.tenant && !source.tenant ? chip(<Named label={texts.tenant} id={values.tenant} />, texts.tenant, { tenant: '' }) : null}
      {values.from ? chip(`${texts.from} ${dateTime(values.from)}`, texts.from, { from: '' }) : null}
      {values.to ? chip(`${texts.to} ${dateTime(values.to)}`, texts.to, { to: '' }) : null}
      <li>
        <Button size="sm" tone="quiet" onClick={clear}>
          {texts.clear}
        </Button>
      </li>
    </ul>
  );
}

function Named({ label, id }: { label: string; id: string }) {
  const name = useName({ kind: kindOf(id), id });
  return (
    <span title={id}>
      {label}: {kindOf(id) ? name : id}
    </span>
  );
}
