/** A new tenant. */

import { ok } from '@carcosa/client';
import { useNavigate } from '@tanstack/react-router';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, type FormState, useForm } from '../../ui/form.tsx';
import { type JsonObject, JsonField } from '../../ui/json-field.tsx';
import type { Option } from '../../ui/picker.tsx';
import { BrandingFields } from './branding.tsx';
import { checkTenant } from './check.ts';
import { type TenantValues, blankValues, newTenant } from './patch.ts';
import { TenantPicker } from './picker.tsx';
import { SlugField } from './slug-field.tsx';
import { DescriptionField, KindField, NameField, PlacementFields, PlanField } from './tenant-fields.tsx';

const texts = messages('tenant-create', {
  title: 'Create a tenant',
  note: 'A customer of your application: a company or a person, with its own members, keys and settings.',
  create: 'Create tenant',
  defaultPlan: (plan: string) => `${plan}, the project’s default`,
  parentPlan: 'Inherited from the parent',
  parent: 'Parent',
  parentHint: 'It inherits plan and branding from the tenant above it, unless it has its own.',
  more: 'More options',
  moreHint: 'Region, external id, description, branding, metadata',
  about: 'Details',
  branding: 'Branding',
  metadata: 'Metadata',
  metadataHint: 'A JSON object of your application, at most 16 KiB.',
  metadataSchema: 'The project has a schema that it must fit.',
});

interface Values extends TenantValues {
  parent: Option | null;
}

export function CreateTenant({ onClose, parent = null }: { onClose: () => void; parent?: Option | null }) {
  const { project, api } = useProject();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const schema = project.settings.metadata_schema as JsonObject | null;
  const form = useForm<Values>({
    initial: { ...blankValues, parent },
    check: checkTenant,
    send: async (values, key) => {
      const tenant = await ok(api.POST('/v1/tenants', { body: newTenant(values, values.parent?.value), headers: { 'Idempotency-Key': key } }));
      void refresh('tenants', 'stats', 'audit');
      // The back button leads to the list, not to the filled form over it.
      const replace = new URLSearchParams(globalThis.location.search).has('new');
      await navigate({ to: projectPaths(project.slug).tenant(tenant.id) as '/', replace });
    },
  });
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note} dirty={form.dirty} width="40rem">
      <Form form={form} inDialog action={texts.create} onCancel={onClose}>
        <NameField form={form} autoFocus />
        <SlugField name={form.values.name} value={form.values.slug} onChange={(value) => form.set('slug', value)} />
        <div className="fields-2">
          <KindField form={form} />
          <PlanField
            optional
            value={form.values.plan}
            onChange={(value) => form.set('plan', value)}
            placeholder={form.values.parent ? texts.parentPlan : texts.defaultPlan(project.settings.default_plan)}
          />
        </div>
        <TenantPicker
          label={texts.parent}
          pointer="/parent_id"
          hint={texts.parentHint}
          optional
          value={form.values.parent}
          onChange={(value) => form.set('parent', value)}
        />
        <More form={form} schema={schema} />
      </Form>
    </Dialog>
  );
}

/** What most tenants do not need at first. Open at once where the project's schema asks for metadata. */
function More({ form, schema }: { form: FormState<Values>; schema: JsonObject | null }) {
  const [open, setOpen] = useState(Array.isArray(schema?.required) && schema.required.length > 0);
  if (!open) {
    return (
      <div className="row">
        <Button size="sm" icon={<ChevronDown aria-hidden />} aria-expanded={false} onClick={() => setOpen(true)}>
          {texts.more}
        </Button>
        <span className="small dim">{texts.moreHint}</span>
      </div>
    );
  }
  return (
    <>
      <fieldset className="ten-form-part">
        <legend>{texts.about}</legend>
        <PlacementFields form={form} />
        <DescriptionField form={form} />
      </fieldset>
      <fieldset className="ten-form-part">
        <legend>{texts.branding}</legend>
        <BrandingFields name={form.values.name} values={form.values} set={(field, value) => form.set(field, value)} />
      </fieldset>
      <fieldset className="ten-form-part">
        <legend>{texts.metadata}</legend>
        <JsonField
          label={texts.metadata}
          pointer="/metadata"
          hint={schema ? texts.metadataSchema : texts.metadataHint}
          value={form.values.metadata}
          onChange={(value) => form.set('metadata', value)}
          schema={schema}
          rows={6}
          placeholder="{ }"
        />
      </fieldset>
    </>
  );
}
