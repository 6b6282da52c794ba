import { ShieldCheck } from 'lucide-react';
import type { Project } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Avatar, Badge, Time } from '../../ui/display.tsx';
import type { Column } from '../../ui/table.tsx';
import { type Operator, has, nameOf, rolesText, statusText, statusTone } from './words.ts';

const texts = messages('operator-columns', {
  name: 'Name',
  email: 'E-mail address',
  status: 'Status',
  roles: 'Roles',
  factor: 'Second factor',
  yes: 'on',
  no: 'off',
  provider: 'at the provider',
  last: 'Last sign-in',
  never: 'never',
  invited: 'Invited',
});

export const operatorColumns = (projects: readonly Project[] | undefined): Column<Operator>[] => [
  {
    key: 'name',
    head: texts.name,
    width: 'minmax(9rem, 2fr)',
    cell: (operator) => (
      <span className="row" style={{ flexWrap: 'nowrap' }}>
        <Avatar name={nameOf(operator)} />
        <span className="clip">{nameOf(operator)}</span>
      </span>
    ),
  },
  { key: 'email', head: texts.email, width: 'minmax(9rem, 2fr)', hide: 'md', cell: (operator) => <span className="dim">{operator.email}</span> },
  {
    key: 'status',
    head: texts.status,
    width: '6rem',
    cell: (operator) => (
      <Badge dot tone={statusTone(operator.status)}>
        {statusText(operator.status)}
      </Badge>
    ),
  },
  { key: 'roles', head: texts.roles, width: 'minmax(8rem, 2fr)', hide: 'sm', cell: (operator) => rolesText(operator, projects) },
  { key: 'factor', head: texts.factor, width: '8rem', hide: 'md', cell: (operator) => <Factor operator={operator} /> },
  {
    key: 'last',
    head: texts.last,
    width: '7rem',
    hide: 'lg',
    cell: ({ last_sign_in_at: at }) => (at ? <Time at={at} /> : <span className="dim">{texts.never}</span>),
  },
  { key: 'since', head: texts.invited, width: '7rem', hide: 'lg', cell: (operator) => <Time at={operator.created_at} /> },
];

function Factor({ operator }: { operator: Operator }) {
  if (has(operator, 'totp')) {
    return (
      <Badge tone="good">
        <ShieldCheck aria-hidden width={12} height={12} /> {texts.yes}
      </Badge>
    );
  }
  // Whoever signs in at the provider alone has the provider's second factor, or none; Carcosa does not know.
  const provider = has(operator, 'single_sign_on') && !has(operator, 'password');
  return <span className="dim">{provider ? texts.provider : texts.no}</span>;
}
