/** The form of a tenant's fields. What someone else saves meanwhile is shown, and nothing typed is lost by it. */

import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Form, type FormState } from '../../ui/form.tsx';
import { type JsonObject, JsonField } from '../../ui/json-field.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import { BrandingFields } from './branding.tsx';
import { useTenantChange } from './change.ts';
import { checkTenant } from './check.ts';
import { type TenantValues, tenantPatch, valuesOf } from './patch.ts';
import { SlugField } from './slug-field.tsx';
import { Source } from './source.tsx';
import { DescriptionField, KindField, NameField, PlacementFields, PlanField } from './tenant-fields.tsx';
import { type Tenant, useTenant } from './tenant.tsx';

const texts = messages('tenant-settings-form', {
  general: 'General',
  planAndBranding: 'Plan and branding',
  planNote: 'A value set here is the tenant’s own from then on. An empty one is inherited again.',
  planNow: 'Now:',
  brandingNow: 'Branding now:',
  planHint: 'Tenants below that inherit it follow.',
  planLocked: 'A tenant above locks the plan: what you set here has an effect once that lock is gone.',
  metadata: 'Metadata',
  metadataHint: 'A JSON object of your application, at most 16 KiB. Members that you leave out are removed.',
  save: 'Save changes',
  names: {
    name: 'Name',
    slug: 'Slug',
    kind: 'Kind',
    plan: 'Plan',
    region: 'Region',
    externalId: 'External id',
    description: 'Description',
    metadata: 'Metadata',
    primaryColor: 'Main colour',
    accentColor: 'Second colour',
    logoUrl: 'Logo',
  } satisfies Record<keyof TenantValues, string>,
});

export function SettingsForm() {
  const { tenant } = useTenant();
  const { project } = useProject();
  const { save, reload } = useTenantChange(tenant.id);
  const merge = useMergeForm<Tenant, TenantValues>({
    item: tenant,
    read: valuesOf,
    check: checkTenant,
    reload,
    save: (values, over) => save(over, tenantPatch(over, values)),
  });
  return (
    <div className="tenant-form">
      <Form form={merge.form} action={texts.save}>
        <Fields form={merge.form} tenant={tenant} schema={project.settings.metadata_schema as JsonObject | null} />
        <Conflict merge={merge} names={texts.names} />
      </Form>
    </div>
  );
}

function Fields({ form, tenant, schema }: { form: FormState<TenantValues>; tenant: Tenant; schema: JsonObject | null }) {
  return (
    <>
      <Card title={texts.general}>
        <div className="fields">
          <div className="fields-2">
            <NameField form={form} />
            <SlugField name={form.values.name} value={form.values.slug} onChange={(value) => form.set('slug', value)} present={tenant.slug} />
          </div>
          <KindField form={form} />
          <PlacementFields form={form} />
          <DescriptionField form={form} />
        </div>
      </Card>
      <Card title={texts.planAndBranding} note={texts.planNote}>
        <div className="fields">
          <div>
            <PlanField
              value={form.values.plan}
              onChange={(value) => form.set('plan', value)}
              hint={tenant.inheritance.plan?.locked ? texts.planLocked : texts.planHint}
            />
            <p className="small dim">
              {texts.planNow} <Source tenant={tenant} value="plan" />
            </p>
          </div>
          <p className="small dim">
            {texts.brandingNow} <Source tenant={tenant} value="branding" />
          </p>
          <BrandingFields name={form.values.name} values={form.values} set={(field, value) => form.set(field, value)} />
        </div>
      </Card>
      <Card title={texts.metadata}>
        <JsonField
          label={texts.metadata}
          pointer="/metadata"
          hint={texts.metadataHint}
          value={form.values.metadata}
          onChange={(value) => form.set('metadata', value)}
          schema={schema}
          rows={10}
          placeholder="{ }"
        />
      </Card>
    </>
  );
}
