/** Small things that show a tenant. */

import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { Avatar, Badge } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { type Status, statusText, statusTone } from './lifecycle.ts';
import { useOneTenant } from './reading.ts';
import type { Tenant } from './tenant.tsx';
import './tenants.css';

export function StatusBadge({ status }: { status: Status }) {
  return (
    <Badge tone={statusTone[status]} dot>
      {statusText[status]}
    </Badge>
  );
}

/** Logo or letters; people are round, organizations are square. */
export function TenantAvatar({ tenant }: { tenant: Pick<Tenant, 'name' | 'kind' | 'branding'> }) {
  return <Avatar name={tenant.name} image={tenant.branding.logo_url} square={tenant.kind === 'organization'} />;
}

/** A tenant by its name, known by its id alone; the id stands there until the name is read, or when it may not be. */
export function TenantLink({ id }: { id: string }) {
  const { project } = useProject();
  const tenant = useOneTenant(id);
  return (
    <AppLink href={projectPaths(project.slug).tenant(id)} className="above" title={id}>
      {tenant.data?.name ?? <span className="mono">{id}</span>}
    </AppLink>
  );
}
