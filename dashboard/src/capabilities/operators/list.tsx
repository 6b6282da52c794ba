/** The operators: one's own team. */

import { UserCog, UserPlus } from 'lucide-react';
import { useEffect } from 'react';
import { type List, useList } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { paths } from '../../app/paths.ts';
import { useProjects } from '../../app/projects.ts';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/menu.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { Table } from '../../ui/table.tsx';
import { operatorColumns } from './columns.tsx';
import { Invite } from './invite.tsx';
import { OPERATORS, loadOperators } from './operators.ts';
import { type Operator, has, nameOf } from './words.ts';

const texts = messages('operators', {
  title: 'Operators',
  note: 'Your own team: who works in this dashboard, and what they may do.',
  invite: 'Invite',
  search: 'Search by name or e-mail address',
  find: 'Name or e-mail',
  status: 'Status',
  factor: 'Second factor',
  statuses: { '': 'any', active: 'active', invited: 'invited', disabled: 'disabled' },
  factors: { '': 'any', on: 'on', off: 'off' },
  none: 'No operators yet',
  noneText: 'Operators run the installation: they see its projects and customers, as far as their roles allow.',
  nothing: 'No operator fits',
  nothingText: 'Search for something else, or clear the filters.',
  clear: 'Clear filters',
});

const choices = <Value extends string>(of: Record<Value, string>) =>
  (Object.entries(of) as [Value, string][]).map(([value, text]) => ({ value, text }));

const nothing = { q: '', status: '', mfa: '' };

export function Operators() {
  const { can } = useScope();
  const [search, set] = useSearch({ ...nothing, new: '' });
  const projects = useProjects();
  const list = useFiltered(search);
  const filtered = search.q !== '' || search.status !== '' || search.mfa !== '';
  return (
    <Page
      title={texts.title}
      note={texts.note}
      actions={
        can('operator:create') ? (
          <Button tone="primary" data-create icon={<UserPlus aria-hidden />} onClick={() => set({ new: '1' })}>
            {texts.invite}
          </Button>
        ) : undefined
      }
    >
      <div className="row">
        <SearchField label={texts.search} placeholder={texts.find} value={search.q} onChange={(q) => set({ q }, { replace: true })} />
        <Select
          compact
          label={texts.status}
          value={search.status as keyof typeof texts.statuses}
          choices={choices(texts.statuses)}
          onChange={(status) => set({ status })}
        />
        <Select
          compact
          label={texts.factor}
          value={search.mfa as keyof typeof texts.factors}
          choices={choices(texts.factors)}
          onChange={(mfa) => set({ mfa })}
        />
      </div>
      <Table
        label={texts.title}
        list={list}
        columns={operatorColumns(projects.data)}
        idOf={(operator) => operator.id}
        nameOf={nameOf}
        href={(operator) => paths.operator(operator.id)}
        empty={
          filtered ? (
            <Empty title={texts.nothing} action={<Button onClick={() => set(nothing)}>{texts.clear}</Button>}>
              {texts.nothingText}
            </Empty>
          ) : (
            <Empty icon={<UserCog aria-hidden />} title={texts.none}>
              {texts.noneText}
            </Empty>
          )
        }
      />
      {search.new === '1' && can('operator:create') ? <Invite close={() => set({ new: '' }, { replace: true })} /> : null}
    </Page>
  );
}

/** They are few, and the server's list has no filters: all are read, and looked through here. */
function useFiltered({ q, status, mfa }: { q: string; status: string; mfa: string }): List<Operator> {
  const list = useList<Operator>(OPERATORS, loadOperators);
  const { hasMore, more } = list;
  useEffect(() => {
    if (hasMore) more();
  }, [hasMore, more]);
  const words = q.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const items = list.items.filter((operator) => {
    const text = `${operator.name ?? ''} ${operator.email}`.toLocaleLowerCase();
    return (
      words.every((word) => text.includes(word)) &&
      (status === '' || operator.status === status) &&
      (mfa === '' || has(operator, 'totp') === (mfa === 'on'))
    );
  });
  return { ...list, items };
}
