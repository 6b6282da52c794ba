import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import type { Role } from './data.ts';

const texts = messages('role-holders', {
  held: (count: number, more: boolean) => `Held by ${more ? 'more than ' : ''}${counted(count, 'member', 'members')} here`,
  everywhere: 'Applies in every tenant',
});

const COUNTED = 100;

/** How many hold it: known at once only inside one tenant. */
export function Holders({ role, tenant }: { role: Role; tenant: string | undefined }) {
  const { can } = useProject();
  const query = useRead(
    ['members', 'holders', tenant, role.key],
    (api, signal) =>
      api.GET('/v1/tenants/{tenant}/members', {
        params: { path: { tenant: tenant ?? '' }, query: { role: role.key, limit: COUNTED } },
        signal,
      }),
    { enabled: tenant !== undefined && can('member:read') },
  );
  if (tenant === undefined) return <span className="dim small">{texts.everywhere}</span>;
  if (!query.data) return null;
  const { total, has_more: more } = query.data.page;
  return <span className="dim small">{texts.held(total ?? query.data.data.length, more && !total)}</span>;
}
