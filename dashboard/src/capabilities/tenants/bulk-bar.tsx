/** What can be done with the selected tenants. */

import { Archive, ArchiveRestore, CircleDollarSign, CirclePause, CirclePlay, Ellipsis, Trash2, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useScope } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { later } from '../../ui/later.tsx';
import { Menu, type MenuItem } from '../../ui/menu.tsx';
import type { BulkKind } from './bulk-dialog.tsx';
import { type Transition, allows, permissionFor } from './lifecycle.ts';
import type { Tenant } from './tenant.tsx';

const BulkDialog = later(() => import('./bulk-dialog.tsx').then((module) => module.BulkDialog));

const texts = messages('tenants-bulk-bar', {
  selected: (count: number) => `${counted(count, 'tenant', 'tenants')} selected`,
  more: 'More',
  clear: 'Clear the selection',
  region: 'Selected tenants',
  verbs: {
    activate: 'Activate',
    suspend: 'Suspend',
    archive: 'Archive',
    restore: 'Restore',
    delete: 'Delete',
    plan: 'Change plan',
  } satisfies Record<BulkKind, string>,
});

const icons: Record<BulkKind, ReactNode> = {
  activate: <CirclePlay aria-hidden />,
  suspend: <CirclePause aria-hidden />,
  archive: <Archive aria-hidden />,
  restore: <ArchiveRestore aria-hidden />,
  delete: <Trash2 aria-hidden />,
  plan: <CircleDollarSign aria-hidden />,
};

export function BulkBar({ tenants, clear }: { tenants: readonly Tenant[]; clear: () => void }) {
  const { can } = useScope();
  // The tenants as they were when it was asked for: what happens to them must not change the question.
  const [asked, setAsked] = useState<{ kind: BulkKind; tenants: readonly Tenant[] }>();
  const fits = (kind: BulkKind) =>
    kind === 'plan'
      ? can('tenant:update') && tenants.some((tenant) => tenant.status !== 'deleted')
      : can(permissionFor(kind as Transition)) && tenants.some((tenant) => allows(tenant.status, kind as Transition));
  const open = (kind: BulkKind) => setAsked({ kind, tenants });
  const item = (kind: BulkKind): MenuItem[] =>
    fits(kind)
      ? [{ text: texts.verbs[kind], icon: icons[kind], run: () => open(kind), ...(kind === 'delete' ? { tone: 'danger' as const } : {}) }]
      : [];
  const first = (['suspend', 'activate', 'plan'] as const).filter(fits);
  const groups = [[...item('archive'), ...item('restore')], item('delete')];
  return (
    <>
      {tenants.length > 0 ? (
        <div className="selection-bar" role="region" aria-label={texts.region}>
          <span className="strong" role="status">
            {texts.selected(tenants.length)}
          </span>
          {first.map((kind) => (
            <Button key={kind} size="sm" icon={icons[kind]} onClick={() => open(kind)}>
              {texts.verbs[kind]}
            </Button>
          ))}
          {groups.some((group) => group.length > 0) ? (
            <Menu
              trigger={<Button size="sm" icon={<Ellipsis aria-hidden />} />}
              groups={groups}
            >
              {texts.more}
            </Menu>
          ) : null}
          <Button size="sm" tone="quiet" square aria-label={texts.clear} onClick={clear}>
            <X aria-hidden />
          </Button>
        </div>
      ) : null}
      {asked ? (
        <BulkDialog
          kind={asked.kind}
          tenants={asked.tenants}
          onClose={(changed) => {
            setAsked(undefined);
            if (changed) clear();
          }}
        />
      ) : null}
    </>
  );
}
