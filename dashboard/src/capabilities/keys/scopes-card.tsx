import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Card } from '../../ui/page.tsx';
import { usePermissions } from '../roles/data.ts';
import { type ApiKey, gives } from './model.ts';
import { allows, heldBy } from './scopes.tsx';
import './keys.css';

const texts = messages('keys.scopes-card', {
  title: 'What it may do',
  wild: (count: number) => (count === 1 ? '1 permission' : `${count} permissions`),
});

/** The scopes of a key, each with what it means. */
export function ScopesCard({ apiKey }: { apiKey: ApiKey }) {
  const { can } = useProject();
  const registry = usePermissions();
  const permissions = heldBy(can('role:read') ? (registry.data?.data ?? []) : [], apiKey.tenant_id !== null);
  return (
    <Card title={texts.title} note={permissions.length > 0 ? allows(apiKey.scopes, permissions) : undefined}>
      <ul className="keys-scope-list">
        {apiKey.scopes.map((scope) => (
          <li key={scope}>
            <code>{scope}</code>{' '}
            <span className="dim small">
              {permissions.find((one) => one.name === scope)?.description ??
                (scope.endsWith('*') && permissions.length > 0 ? texts.wild(permissions.filter((one) => gives(scope, one.name)).length) : null)}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
