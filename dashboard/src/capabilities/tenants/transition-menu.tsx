/** What can be done with a tenant as a whole, given its status. */

import { Archive, ArchiveRestore, CirclePause, CirclePlay, Ellipsis, Plus, Settings, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import { CreateTenant } from './create.tsx';
import { type Transition, offered, permissionFor } from './lifecycle.ts';
import type { Tenant } from './tenant.tsx';
import { TransitionDialog } from './transition-dialog.tsx';

export const transitionText: Record<Transition, string> = messages('tenant-transitions', {
  activate: 'Activate',
  suspend: 'Suspend',
  archive: 'Archive',
  restore: 'Restore',
  delete: 'Delete',
});

const texts = messages('tenant-menu', { actions: 'Actions', edit: 'Edit', below: 'Create a tenant below' });

export const transitionIcons: Record<Transition, ReactNode> = {
  activate: <CirclePlay aria-hidden />,
  suspend: <CirclePause aria-hidden />,
  archive: <Archive aria-hidden />,
  restore: <ArchiveRestore aria-hidden />,
  delete: <Trash2 aria-hidden />,
};

export function TransitionMenu({ tenant }: { tenant: Tenant }) {
  const { project, can } = useProject();
  const [asked, setAsked] = useState<Transition | 'below'>();
  const possible = offered(tenant.status).filter((one) => can(permissionFor(one)));
  const item = (transition: Transition): MenuItem => ({
    text: transitionText[transition],
    icon: transitionIcons[transition],
    run: () => setAsked(transition),
    ...(transition === 'delete' ? { tone: 'danger' as const } : {}),
  });
  const alive = tenant.status !== 'deleted';
  const general: MenuItem[] = [
    ...(alive && can('tenant:update') ? [{ text: texts.edit, icon: <Settings aria-hidden />, href: projectPaths(project.slug).tenant(tenant.id, 'settings') }] : []),
    ...(alive && can('tenant:create') ? [{ text: texts.below, icon: <Plus aria-hidden />, run: () => setAsked('below') }] : []),
  ];
  const groups = [general, possible.filter((one) => one !== 'delete').map(item), possible.filter((one) => one === 'delete').map(item)];
  if (groups.every((group) => group.length === 0)) return null;
  return (
    <>
      <Menu trigger={<Button icon={<Ellipsis aria-hidden />} />} groups={groups}>
        {texts.actions}
      </Menu>
      {asked === 'below' ? <CreateTenant parent={{ value: tenant.id, text: tenant.name }} onClose={() => setAsked(undefined)} /> : null}
      {asked && asked !== 'below' ? <TransitionDialog tenant={tenant} transition={asked} onClose={() => setAsked(undefined)} /> : null}
    </>
  );
}
