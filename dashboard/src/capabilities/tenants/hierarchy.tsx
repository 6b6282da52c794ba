/** Where a tenant stands: what is above and below it, and what it takes over from above. */

import { CornerUpRight, Plus } from 'lucide-react';
import { useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/page.tsx';
import { CreateTenant } from './create.tsx';
import { InheritedValues } from './inheritance.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { useTenant } from './tenant.tsx';
import { HierarchyTree } from './tree.tsx';

const texts = messages('tenant-hierarchy', {
  tree: 'Hierarchy',
  treeNote: 'A tenant can stand below another: a branch below its company, a customer below a reseller. At most 8 levels.',
  move: 'Move',
  below: 'Create below',
  values: 'Inherited values',
  valuesNote: 'Plan and branding come from above unless the tenant has its own. A lock makes its own value hold for all below, whatever they say.',
});

export function TenantHierarchy() {
  const { tenant } = useTenant();
  const { can } = useProject();
  const [open, setOpen] = useState<'move' | 'below'>();
  const close = () => setOpen(undefined);
  const alive = tenant.status !== 'deleted';
  return (
    <>
      <Card
        title={texts.tree}
        note={texts.treeNote}
        actions={
          <>
            {alive && can('tenant:update') ? (
              <Button size="sm" icon={<CornerUpRight aria-hidden />} onClick={() => setOpen('move')}>
                {texts.move}
              </Button>
            ) : null}
            {alive && can('tenant:create') ? (
              <Button size="sm" icon={<Plus aria-hidden />} onClick={() => setOpen('below')}>
                {texts.below}
              </Button>
            ) : null}
          </>
        }
      >
        <HierarchyTree />
      </Card>
      <Card title={texts.values} note={texts.valuesNote}>
        <InheritedValues />
      </Card>
      {open === 'move' ? <MoveDialog onClose={close} /> : null}
      {open === 'below' ? <CreateTenant parent={{ value: tenant.id, text: tenant.name }} onClose={close} /> : null}
    </>
  );
}
