/** The tenant of the page: loaded once by `TenantPage`, for all pages below it. */

import type { Schemas } from '@carcosa/client';
import { type ReactNode, createContext, use, useMemo } from 'react';
import { type ProjectPaths, projectPaths } from '../../app/paths.ts';
import { useProject } from '../../api/scope.tsx';

export type Tenant = Schemas['Tenant'];

interface TenantPlace {
  tenant: Tenant;
  /** Addresses in the project. */
  to: ProjectPaths;
}

const TenantContext = createContext<TenantPlace | undefined>(undefined);

export function TenantProvider({ tenant, children }: { tenant: Tenant; children: ReactNode }) {
  const { project } = useProject();
  const place = useMemo(() => ({ tenant, to: projectPaths(project.slug) }), [tenant, project.slug]);
  return <TenantContext value={place}>{children}</TenantContext>;
}

/** The tenant of the page. Only below `TenantPage`. */
export function useTenant(): TenantPlace {
  const place = use(TenantContext);
  if (!place) throw new Error('there is no tenant around this component');
  return place;
}
