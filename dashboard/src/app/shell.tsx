/** The frames of pages behind the door: of a project, and of the installation. */

import { Outlet, useParams } from '@tanstack/react-router';
import {
  Activity,
  Building2,
  FolderKanban,
  HeartPulse,
  KeyRound,
  LayoutDashboard,
  RefreshCw,
  ScrollText,
  Settings,
  ShieldCheck,
  ShieldQuestion,
  UserCog,
  Users,
  Webhook,
} from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { clientOf } from '../api/client.ts';
import { LiveProvider } from '../api/live.tsx';
import { type ProjectScope, ProjectContext, type Scope, ScopeContext } from '../api/scope.tsx';
import { useSession } from '../api/session.ts';
import { messages } from '../i18n/messages.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Failed, Skeleton } from '../ui/states.tsx';
import { Frame, type NavGroup } from './frame.tsx';
import { paths, projectPaths } from './paths.ts';
import { findProject, useOwnAccess, useProjects } from './projects.ts';

const texts = messages('shell', {
  overview: 'Overview',
  tenants: 'Tenants',
  users: 'Users',
  roles: 'Roles',
  access: 'Access check',
  keys: 'API keys',
  webhooks: 'Webhooks',
  log: 'Log',
  sync: 'Sync',
  settings: 'Settings',
  customers: 'Customers',
  developers: 'Developers',
  installation: 'Installation',
  projects: 'Projects',
  operators: 'Operators',
  health: 'Health',
  installationLog: 'Log',
  noProject: 'No such project',
  noProjectHint: 'It does not exist, or you have no role in it.',
  all: 'All projects',
});

export function ProjectShell() {
  const { project: slug = '' } = useParams({ strict: false });
  const projects = useProjects();
  const project = findProject(projects.data, slug);
  const api = useMemo(() => clientOf(project?.id), [project?.id]);
  const access = useOwnAccess(slug);
  const held = access.data?.permissions;
  const scope = useMemo<ProjectScope | undefined>(() => {
    if (!project || !held) return undefined;
    const permissions = new Set(held);
    return { root: ['project', project.id], api, project, can: (permission) => permissions.has(permission) };
  }, [api, held, project]);

  if (!scope) {
    const missing = projects.data !== undefined && !project;
    const failed = projects.error ?? access.error;
    return (
      <Outside>
        {missing ? (
          <Empty title={texts.noProject} action={<ButtonLink href={paths.projects()}>{texts.all}</ButtonLink>}>
            {texts.noProjectHint}
          </Empty>
        ) : failed ? (
          <Failed error={failed} retry={() => void (projects.isError ? projects.refetch() : access.refetch())} />
        ) : (
          <Skeleton />
        )}
      </Outside>
    );
  }
  return (
    // Another project is another world: nothing of the page survives the change.
    <ScopeContext value={scope} key={scope.project.id}>
      <ProjectContext value={scope}>
        <LiveProvider>
          <Frame groups={projectNav(scope)} project={scope.project}>
            <Outlet />
          </Frame>
        </LiveProvider>
      </ProjectContext>
    </ScopeContext>
  );
}

function projectNav({ project, can }: ProjectScope): NavGroup[] {
  const to = projectPaths(project.slug);
  const when = (permission: string, item: NavGroup['items'][number]) => (can(permission) ? [item] : []);
  return [
    { items: [{ text: texts.overview, href: to.overview(), icon: <LayoutDashboard aria-hidden />, exact: true }] },
    {
      title: texts.customers,
      items: [
        ...when('tenant:read', { text: texts.tenants, href: to.tenants(), icon: <Building2 aria-hidden /> }),
        ...when('user:read', { text: texts.users, href: to.users(), icon: <Users aria-hidden /> }),
        ...when('role:read', { text: texts.roles, href: to.roles(), icon: <ShieldCheck aria-hidden /> }),
        ...when('access:check', { text: texts.access, href: to.access(), icon: <ShieldQuestion aria-hidden /> }),
      ],
    },
    {
      title: texts.developers,
      items: [
        ...when('key:read', { text: texts.keys, href: to.keys(), icon: <KeyRound aria-hidden /> }),
        ...when('webhook:read', { text: texts.webhooks, href: to.webhooks(), icon: <Webhook aria-hidden /> }),
        ...when('audit:read', { text: texts.log, href: to.log(), icon: <ScrollText aria-hidden /> }),
        ...when('sync:read', { text: texts.sync, href: to.sync(), icon: <RefreshCw aria-hidden /> }),
        ...when('project:read', { text: texts.settings, href: to.settings(), icon: <Settings aria-hidden /> }),
      ],
    },
  ];
}

export function InstallationShell() {
  const scope = useInstallationScope();
  return (
    <ScopeContext value={scope}>
      <Frame groups={installationNav(scope)}>
        <Outlet />
      </Frame>
    </ScopeContext>
  );
}

function useInstallationScope(): Scope {
  const { installation_permissions: held } = useSession();
  return useMemo(() => {
    const permissions = new Set(held);
    return { root: ['installation'], api: clientOf(), can: (permission: string) => permissions.has(permission) };
  }, [held]);
}

function installationNav({ can }: Scope): NavGroup[] {
  const when = (permission: string, item: NavGroup['items'][number]) => (can(permission) ? [item] : []);
  return [
    {
      title: texts.installation,
      items: [
        { text: texts.projects, href: paths.projects(), icon: <FolderKanban aria-hidden /> },
        ...when('operator:read', { text: texts.operators, href: paths.operators(), icon: <UserCog aria-hidden /> }),
        ...when('installation:read', { text: texts.health, href: paths.health(), icon: <HeartPulse aria-hidden /> }),
        ...when('installation:read', { text: texts.installationLog, href: paths.installationLog(), icon: <Activity aria-hidden /> }),
      ],
    },
  ];
}

/** The frame until the project is known. */
export const ProjectPending = () => (
  <Outside>
    <Skeleton />
  </Outside>
);

/** The frame when there is no project to show. */
function Outside({ children }: { children: ReactNode }) {
  const scope = useInstallationScope();
  return (
    <ScopeContext value={scope}>
      <Frame groups={installationNav(scope)}>
        <Page title="Carcosa">
          <div className="card card-body">{children}</div>
        </Page>
      </Frame>
    </ScopeContext>
  );
}
