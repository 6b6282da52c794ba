/** The form of a tenant's fields. What someone else saves meanwhile is shown, and nothing typed is lost by it. */

import { useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Form, type FormState, useForm } from '../../ui/form.tsx';
import { type JsonObject, JsonField } from '../../ui/json-field.tsx';
import { Card } from '../../ui/page.tsx';
import { BrandingFields } from './branding.tsx';
import { checkTenant } from './check.ts';
import { Conflict } from './conflict.tsx';
import { useTenantChange } from './inheritance-dialog.tsx';
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
    name: 'name',
    slug: 'slug',
    kind: 'kind',
    plan: 'plan',
    region: 'region',
    externalId: 'external id',
    description: 'description',
    metadata: 'metadata',
    primaryColor: 'main colour',
    accentColor: 'second colour',
    logoUrl: 'logo',
  } satisfies Record<keyof TenantValues, string>,
});

export function SettingsForm() {
  const { tenant } = useTenant();
  const { project } = useProject();
  // The tenant that the form was filled from: what was changed is told against it.
  const [base, setBase] = useState(tenant);
  const change = useTenantChange();
  const schema = project.settings.metadata_schema as JsonObject | null;
  const form = useForm<TenantValues>({
    initial: valuesOf(tenant),
    check: checkTenant,
    send: async (values) => {
      setBase(await change.mutateAsync({ tenant: base, body: tenantPatch(base, values) }));
    },
  });
  const elsewhere = tenant.version > base.version;
  // Nothing typed: the form shows what is saved, by whomever, as the server wrote it.
  const saved = elsewhere ? tenant : base;
  if (!form.dirty && !form.busy && (elsewhere || JSON.stringify(form.values) !== JSON.stringify(valuesOf(saved)))) {
    setBase(saved);
    form.reset(valuesOf(saved));
  }
  return (
    <div className="tenant-form">
      <Form form={form} action={texts.save}>
        <Fields form={form} tenant={base} schema={schema} />
        {elsewhere && form.dirty && !form.busy ? <Conflict before={valuesOf(base)} theirs={valuesOf(tenant)} form={form} names={texts.names} take={() => setBase(tenant)} /> : null}
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
