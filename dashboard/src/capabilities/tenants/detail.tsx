/** A tenant: who it is, what state it is in, and the pages of its parts. */

import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useParams, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useProject } from '../../api/scope.tsx';
import { TENANT_TABS, type TenantTab, projectPaths, usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Id } from '../../ui/display.tsx';
import { Page, TabLinks } from '../../ui/page.tsx';
import { isNotFound } from '../../ui/problem.ts';
import { Empty, Failed, Skeleton } from '../../ui/states.tsx';
import { kindText } from './lifecycle.ts';
import { StatusBadge, TenantAvatar } from './parts.tsx';
import { useOneTenant } from './reading.ts';
import { StatusBanner } from './status-banner.tsx';
import { type Tenant, TenantProvider } from './tenant.tsx';
import { TransitionMenu } from './transition-menu.tsx';
import './tenants.css';

const texts = messages('tenant', {
  title: 'Tenant',
  missing: 'No such tenant',
  missingHint: 'It was purged, never was, or belongs to another project. Former slugs and external ids lead to a tenant too.',
  all: 'All tenants',
  parts: 'Parts of the tenant',
  slug: 'slug',
  tabs: {
    overview: 'Overview',
    members: 'Members',
    invitations: 'Invitations',
    organizations: 'Organizations',
    hierarchy: 'Hierarchy',
    roles: 'Roles',
    keys: 'API keys',
    webhooks: 'Webhooks',
    shares: 'Shares',
    activity: 'Activity',
    security: 'Security',
    settings: 'Settings',
  } satisfies Record<TenantTab, string>,
});

/** What one must be allowed to read for a tab to lead anywhere. */
const READS: Record<TenantTab, string> = {
  overview: 'tenant:read',
  members: 'member:read',
  invitations: 'invitation:read',
  organizations: 'organization:read',
  hierarchy: 'tenant:read',
  roles: 'role:read',
  keys: 'key:read',
  webhooks: 'webhook:read',
  shares: 'share:read',
  activity: 'audit:read',
  security: 'security_policy:read',
  settings: 'tenant:read',
};

export function TenantPage() {
  const { project, root } = useProject();
  const { tenant: name = '' } = useParams({ strict: false });
  const tenant = useOneTenant(name);
  const client = useQueryClient();
  const { data } = tenant;
  useEffect(() => {
    // Links on its pages go by its id: the same tenant need not be waited for again.
    if (data && data.id !== name) client.setQueryData([...root, 'tenants', 'one', data.id], data);
  }, [client, data, name, root]);
  if (tenant.data) {
    return (
      // Another tenant is another page: no open form or panel goes over to it.
      <TenantProvider tenant={tenant.data} key={tenant.data.id}>
        <TenantFrame tenant={tenant.data} name={name} />
      </TenantProvider>
    );
  }
  return (
    <Page title={texts.title}>
      <div className="card card-body">
        {isNotFound(tenant.error) ? (
          <Empty title={texts.missing} action={<ButtonLink href={projectPaths(project.slug).tenants()}>{texts.all}</ButtonLink>}>
            {texts.missingHint}
          </Empty>
        ) : tenant.isError ? (
          <Failed error={tenant.error} retry={() => void tenant.refetch()} />
        ) : (
          <Skeleton lines={5} />
        )}
      </div>
    </Page>
  );
}

function TenantFrame({ tenant, name }: { tenant: Tenant; name: string }) {
  const { can } = useProject();
  const to = usePaths();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const part = path.split('/')[5] || 'overview';
  const tabs = TENANT_TABS.filter((tab) => can(READS[tab])).map((tab) => ({
    href: to.tenant(name, tab),
    text: texts.tabs[tab],
    current: part === tab,
  }));
  return (
    <Page
      title={tenant.name}
      badge={
        <>
          <span className="tenant-face">
            <TenantAvatar tenant={tenant} />
          </span>
          <StatusBadge status={tenant.status} />
        </>
      }
      note={
        <span className="tenant-ids small">
          <span>{kindText[tenant.kind]}</span>
          <Id id={tenant.slug} what={texts.slug} />
          <Id id={tenant.id} />
        </span>
      }
      actions={<TransitionMenu tenant={tenant} />}
      tabs={<TabLinks label={texts.parts} tabs={tabs} />}
    >
      <StatusBanner tenant={tenant} />
      <Outlet />
    </Page>
  );
}
