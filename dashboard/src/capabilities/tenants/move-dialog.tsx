/** Puts a tenant below another one, or makes it a root. */

import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Checkbox } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import type { Option } from '../../ui/picker.tsx';
import { useTenantChange } from './change.ts';
import { TenantPicker } from './picker.tsx';
import { useOneTenant } from './reading.ts';
import { useTenant } from './tenant.tsx';

const texts = messages('tenant-move', {
  title: (name: string) => `Move ${name}`,
  note: 'All tenants below it go along. Plan and branding that are inherited become those of the new place, here and below.',
  parent: 'New parent',
  present: (name: string) => `Now below ${name}.`,
  root: 'Now it has no parent.',
  none: 'No parent: stand by itself',
  needs: 'Choose a tenant.',
  move: 'Move tenant',
});

export function MoveDialog({ onClose }: { onClose: () => void }) {
  const { tenant } = useTenant();
  const parent = useOneTenant(tenant.parent_id ?? undefined);
  const { save } = useTenantChange(tenant.id);
  const form = useForm({
    initial: { parent: null as Option | null, none: false },
    check: (values) => ({ '/parent_id': values.none || values.parent ? undefined : texts.needs }),
    send: async (values) => {
      await save(tenant, { parent_id: values.none ? null : (values.parent?.value ?? null) });
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={texts.title(tenant.name)} note={texts.note} width="28rem">
      <Form form={form} inDialog action={texts.move} onCancel={onClose}>
        {form.values.none ? null : (
          <TenantPicker
            label={texts.parent}
            pointer="/parent_id"
            hint={tenant.parent_id ? texts.present(parent.data?.name ?? tenant.parent_id) : texts.root}
            except={tenant.id}
            value={form.values.parent}
            onChange={(value) => form.set('parent', value)}
          />
        )}
        {tenant.parent_id ? <Checkbox label={texts.none} checked={form.values.none} onChange={(value) => form.set('none', value)} /> : null}
      </Form>
    </Dialog>
  );
}
