import { messages } from '../../i18n/messages.ts';
import { Badge, Time } from '../../ui/display.tsx';
import type { Column } from '../../ui/table.tsx';
import { type ApiKey, maskOf, scopesText, stateOf } from './model.ts';
import { Owner } from '../tenants/owner.tsx';
import { UsageSpark } from './usage.tsx';

const texts = messages('keys.columns', {
  name: 'Name',
  secret: 'Secret',
  owner: 'Owner',
  scopes: 'May do',
  status: 'Status',
  used: 'Last used',
  usage: 'Last 24 h',
});

export function KeyBadge({ apiKey }: { apiKey: ApiKey }) {
  const { tone, text } = stateOf(apiKey);
  return (
    <Badge tone={tone} dot>
      {text}
    </Badge>
  );
}

/** Columns of a list of keys; the owner's where they are not one tenant's. */
export function columns(withOwner: boolean): Column<ApiKey>[] {
  const owner: Column<ApiKey> = {
    key: 'owner',
    head: texts.owner,
    width: 'minmax(6rem, 1fr)',
    hide: 'lg',
    cell: (key) => <Owner tenant={key.tenant_id} tab="keys" />,
  };
  return [
    { key: 'name', head: texts.name, width: 'minmax(8rem, 1.6fr)', cell: (key) => key.name },
    { key: 'secret', head: texts.secret, width: 'minmax(8rem, 0.9fr)', hide: 'md', cell: (key) => <code className="dim">{maskOf(key)}</code> },
    ...(withOwner ? [owner] : []),
    {
      key: 'scopes',
      head: texts.scopes,
      width: 'minmax(8rem, 1.3fr)',
      hide: 'lg',
      cell: (key) => (
        <span className="small" title={key.scopes.join(', ')}>
          {scopesText(key.scopes)}
        </span>
      ),
    },
    { key: 'status', head: texts.status, width: '9.5rem', cell: (key) => <KeyBadge apiKey={key} /> },
    { key: 'used', head: texts.used, width: '8rem', hide: 'sm', cell: (key) => <Time at={key.last_used_at} /> },
    { key: 'usage', head: texts.usage, width: '6.5rem', hide: 'md', cell: (key) => <UsageSpark id={key.id} /> },
  ];
}
