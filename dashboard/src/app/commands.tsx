/** What the palette offers: pages and actions by name, objects by what the server finds. */

import { ok } from '@carcosa/client';
import { useQuery } from '@tanstack/react-query';
import { Building2, FolderKanban, KeyRound, Moon, Plus, ShieldCheck, Sun, UserRound, Users, Webhook } from 'lucide-react';
import { type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { type Project, ScopeContext } from '../api/scope.tsx';
import { messages } from '../i18n/messages.ts';
import type { NavGroup } from './frame.tsx';
import { paths, projectPaths } from './paths.ts';
import { useProjects } from './projects.ts';
import { setTheme } from './theme.ts';

const texts = messages('commands', {
  pages: 'Pages',
  actions: 'Actions',
  projects: 'Projects',
  tenants: 'Tenants',
  users: 'Users',
  keys: 'API keys',
  webhooks: 'Webhook endpoints',
  roles: 'Roles',
  byId: 'By id',
  open: (id: string) => `Open ${id}`,
  newTenant: 'Create a tenant',
  newUser: 'Create a user',
  newRole: 'Create a role',
  newKey: 'Create an API key',
  newWebhook: 'Add a webhook endpoint',
  newClient: 'Register a sync client',
  inviteOperator: 'Invite an operator',
  account: 'Open your account',
  light: 'Light appearance',
  dark: 'Dark appearance',
});

export interface Command {
  value: string;
  label: string;
  note?: string;
  icon?: ReactNode;
  href?: string;
  run?: () => void;
}

export interface CommandGroup {
  value: string;
  items: Command[];
}

/** Pages of the sidebar, actions that the operator may do, and projects. */
export function useCommands(groups: readonly NavGroup[], project: Project | undefined): CommandGroup[] {
  const scope = use(ScopeContext);
  const projects = useProjects();
  return useMemo(() => {
    const pages = groups
      .flatMap((group) => group.items)
      .map((item): Command => ({ value: `page ${item.href}`, label: item.text, icon: item.icon, href: item.href }));
    const others = (projects.data ?? [])
      .filter((one) => one.id !== project?.id)
      .map(
        (one): Command => ({
          value: one.id,
          label: one.name,
          note: one.slug,
          icon: <FolderKanban aria-hidden />,
          href: projectPaths(one.slug).overview(),
        }),
      );
    const can = scope?.can ?? (() => false);
    return [
      { value: texts.pages, items: pages },
      { value: texts.actions, items: [...actions(project, can), ...always] },
      { value: texts.projects, items: others },
    ].filter((group) => group.items.length > 0);
  }, [groups, project, projects.data, scope]);
}

const always: Command[] = [
  { value: 'account', label: texts.account, icon: <UserRound aria-hidden />, href: paths.account() },
  { value: 'light', label: texts.light, icon: <Sun aria-hidden />, run: () => setTheme('light') },
  { value: 'dark', label: texts.dark, icon: <Moon aria-hidden />, run: () => setTheme('dark') },
];

function actions(project: Project | undefined, can: (permission: string) => boolean): Command[] {
  const plus = <Plus aria-hidden />;
  const found: [permission: string, label: string, href: string][] = [];
  if (project) {
    const to = projectPaths(project.slug);
    const create = { new: '1' };
    found.push(
      ['tenant:create', texts.newTenant, to.tenants(create)],
      ['user:create', texts.newUser, to.users(create)],
      ['role:create', texts.newRole, to.roles(create)],
      ['key:create', texts.newKey, to.keys(create)],
      ['webhook:create', texts.newWebhook, to.webhooks(create)],
      ['sync:create', texts.newClient, `${to.sync()}?new=1`],
    );
  }
  found.push(['operator:create', texts.inviteOperator, `${paths.operators()}?new=1`]);
  return found
    .filter(([permission]) => can(permission))
    .map(([, label, href]) => ({ value: href, label, icon: plus, href }));
}

/** Each kind of id, and the page that shows one. */
function pageOf(project: Project, id: string): string | undefined {
  const to = projectPaths(project.slug);
  const pages: Record<string, (id: string) => string> = {
    ten: (found) => to.tenant(found),
    usr: to.user,
    rol: (found) => to.role(found),
    key: to.key,
    ep: (found) => to.webhook(found),
    syn: to.syncClient,
    evt: (found) => to.log({ entry: found }),
  };
  const match = /^([a-z]{2,4})_[0-9a-z]{26}$/.exec(id);
  return match?.[1] ? pages[match[1]]?.(id) : undefined;
}

const MOST = 5;

/** Objects of the project with these words, asked for once the hand rests. */
export function useFoundObjects(project: Project | undefined, text: string): { groups: CommandGroup[]; searching: boolean } {
  const scope = use(ScopeContext);
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text.trim()), 150);
    return () => clearTimeout(timer);
  }, [text]);
  const wanted = project !== undefined && settled.length > 0;
  const found = useQuery({
    queryKey: [...(scope?.root ?? []), 'search', settled],
    queryFn: ({ signal }) => (scope && project ? search(scope, project, settled, signal) : []),
    enabled: wanted,
    staleTime: 10_000,
  });
  const page = project ? pageOf(project, text.trim()) : undefined;
  const direct: CommandGroup[] = page
    ? [{ value: texts.byId, items: [{ value: page, label: texts.open(text.trim()), href: page }] }]
    : [];
  return { groups: [...direct, ...(wanted ? (found.data ?? []) : [])], searching: wanted && (found.isFetching || settled !== text.trim()) };
}

type Place = NonNullable<React.ContextType<typeof ScopeContext>>;

async function search({ api, can }: Place, project: Project, q: string, signal: AbortSignal): Promise<CommandGroup[]> {
  const to = projectPaths(project.slug);
  const query = { params: { query: { q, limit: MOST } }, signal } as const;
  // These are few: the words are looked for here.
  const all = { params: { query: { limit: 100 } }, signal } as const;
  const group = async (permission: string, value: string, load: () => Promise<Command[]>): Promise<CommandGroup> => {
    // One kind that cannot be searched must not hide the others.
    const items = can(permission) ? await load().catch(() => []) : [];
    return { value, items };
  };
  const groups = await Promise.all([
    group('tenant:read', texts.tenants, async () => {
      const { data } = await ok(api.GET('/v1/tenants', query));
      return data.map((one) => found(one.id, one.name, one.slug, <Building2 aria-hidden />, to.tenant(one.id)));
    }),
    group('user:read', texts.users, async () => {
      const { data } = await ok(api.GET('/v1/users', query));
      return data.map((one) => found(one.id, one.name ?? one.email, one.email, <Users aria-hidden />, to.user(one.id)));
    }),
    group('key:read', texts.keys, async () => {
      const { data } = await ok(api.GET('/v1/keys', query));
      return data.map((one) => found(one.id, one.name, `…${one.last4}`, <KeyRound aria-hidden />, to.key(one.id)));
    }),
    group('webhook:read', texts.webhooks, async () => {
      const { data } = await ok(api.GET('/v1/webhook-endpoints', all));
      return containing(data.map((one) => found(one.id, one.url, one.description, <Webhook aria-hidden />, to.webhook(one.id))), q);
    }),
    group('role:read', texts.roles, async () => {
      const { data } = await ok(api.GET('/v1/roles', all));
      const hrefOf = (one: (typeof data)[number]) => to.role(one.id, { tenant: one.tenant_id ?? undefined });
      return containing(data.map((one) => found(one.id, one.name, one.key, <ShieldCheck aria-hidden />, hrefOf(one))), q);
    }),
  ]);
  return groups.filter((one) => one.items.length > 0);
}

const found = (id: string, label: string, note: string | null, icon: ReactNode, href: string): Command => ({
  value: id,
  label,
  ...(note ? { note } : {}),
  icon,
  href,
});

const containing = (commands: Command[], q: string): Command[] =>
  commands
    .filter((one) => `${one.label} ${one.note ?? ''}`.toLocaleLowerCase().includes(q.toLocaleLowerCase()))
    .slice(0, MOST);
