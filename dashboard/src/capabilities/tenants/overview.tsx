/** What there is to know of a tenant at a glance. */

import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import type { TenantTab } from '../../app/paths.ts';
import { number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Badge, Json, Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Card, Facts } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { EntryList } from '../log/recent.tsx';
import { BrandPreview } from './branding.tsx';
import { kindText } from './lifecycle.ts';
import { TenantLink } from './parts.tsx';
import { valuesOf } from './patch.ts';
import { type Dependents, useDependents } from './reading.ts';
import { Source } from './source.tsx';
import { useTenant } from './tenant.tsx';

const texts = messages('tenant-overview', {
  about: 'About',
  description: 'Description',
  kind: 'Kind',
  parent: 'Parent',
  region: 'Region',
  externalId: 'External id',
  created: 'Created',
  changed: 'Last changed',
  activated: 'Activated',
  plan: 'Plan',
  planAndBranding: 'Plan and branding',
  branding: 'Branding',
  inheritance: 'Inheritance',
  metadata: 'Metadata',
  metadataNote: 'What your application keeps with the tenant.',
  noMetadata: 'None. Your application can keep up to 16 KiB of JSON with each tenant, and search by it.',
  edit: 'Edit',
  activity: 'Recent activity',
  all: 'All activity',
  figures: {
    members: 'Members',
    keys_active: 'Active API keys',
    webhook_endpoints_enabled: 'Webhook endpoints',
    invitations_pending: 'Pending invitations',
    organizations: 'Organizations',
    children: 'Tenants below',
    shares_given: 'Shares given',
    shares_received: 'Shares received',
  },
  orMore: (count: string) => `${count}+`,
});

type Counted = keyof typeof texts.figures;

/** Where each number leads, and what one must be allowed to read there. */
const LEADS: Record<Counted, [tab: TenantTab, permission: string, query?: Record<string, string>]> = {
  members: ['members', 'member:read'],
  keys_active: ['keys', 'key:read'],
  webhook_endpoints_enabled: ['webhooks', 'webhook:read'],
  invitations_pending: ['invitations', 'invitation:read'],
  organizations: ['organizations', 'organization:read'],
  children: ['hierarchy', 'tenant:read'],
  shares_given: ['shares', 'share:read'],
  shares_received: ['shares', 'share:read', { direction: 'received' }],
};
const MOST = 10_000;

export function TenantOverview() {
  const { tenant } = useTenant();
  const dependents = useDependents(tenant.id);
  return (
    <>
      {dependents.data ? <Figures counts={dependents.data} /> : null}
      <div className="ten-two-columns">
        <div className="stack">
          <About />
          <Activity />
        </div>
        <div className="stack">
          <PlanAndBranding />
          <Metadata />
        </div>
      </div>
    </>
  );
}

function Figures({ counts }: { counts: Dependents }) {
  const { tenant, to } = useTenant();
  const { can } = useProject();
  return (
    <ul className="card ten-figures">
      {(Object.keys(LEADS) as Counted[]).map((name) => {
        const [tab, permission, query] = LEADS[name];
        const count = counts[name];
        const inside = (
          <>
            <span className="figure-label">{texts.figures[name]}</span>
            <span className="ten-figures-value">{count >= MOST ? texts.orMore(number(MOST)) : number(count)}</span>
          </>
        );
        return <li key={name}>{can(permission) ? <AppLink href={to.tenant(tenant.id, tab, query)}>{inside}</AppLink> : <span>{inside}</span>}</li>;
      })}
    </ul>
  );
}

function About() {
  const { tenant } = useTenant();
  return (
    <Card title={texts.about}>
      <Facts
        facts={[
          [texts.description, tenant.description ?? undefined],
          [texts.kind, kindText[tenant.kind]],
          [texts.parent, tenant.parent_id ? <TenantLink id={tenant.parent_id} /> : null],
          [texts.region, tenant.region],
          [texts.externalId, tenant.external_id ? <code>{tenant.external_id}</code> : null],
          [texts.created, <Time at={tenant.created_at} key="created" />],
          [texts.activated, tenant.activated_at ? <Time at={tenant.activated_at} /> : undefined],
          [texts.changed, <Time at={tenant.updated_at} key="updated" />],
        ]}
      />
    </Card>
  );
}

function PlanAndBranding() {
  const { tenant, to } = useTenant();
  return (
    <Card title={texts.planAndBranding} actions={<AppLink href={to.tenant(tenant.id, 'hierarchy')}>{texts.inheritance}</AppLink>}>
      <div className="stack">
        <Facts
          facts={[
            [
              texts.plan,
              <span key="plan" className="row">
                <Badge tone="info">{tenant.plan}</Badge>
                <span className="small dim">
                  <Source tenant={tenant} value="plan" />
                </span>
              </span>,
            ],
            [
              texts.branding,
              <span key="branding" className="small dim">
                <Source tenant={tenant} value="branding" />
              </span>,
            ],
          ]}
        />
        <BrandPreview name={tenant.name} values={valuesOf(tenant)} />
      </div>
    </Card>
  );
}

function Metadata() {
  const { tenant, to } = useTenant();
  const { can } = useProject();
  const empty = Object.keys(tenant.metadata).length === 0;
  return (
    <Card
      title={texts.metadata}
      {...(empty ? {} : { note: texts.metadataNote })}
      actions={can('tenant:update') && tenant.status !== 'deleted' ? <AppLink href={to.tenant(tenant.id, 'settings')}>{texts.edit}</AppLink> : undefined}
    >
      {empty ? <p className="dim">{texts.noMetadata}</p> : <Json value={tenant.metadata} label={texts.metadata} />}
    </Card>
  );
}

function Activity() {
  const { tenant, to } = useTenant();
  const allowed = useProject().can('audit:read');
  const entries = useRead(
    ['audit', 'tenant', tenant.id, 'newest'],
    (api, signal) => api.GET('/v1/tenants/{tenant}/audit', { params: { path: { tenant: tenant.id }, query: { limit: 8 } }, signal }),
    { enabled: allowed },
  );
  if (!allowed) return null;
  return (
    <Card title={texts.activity} actions={<AppLink href={to.tenant(tenant.id, 'activity')}>{texts.all}</AppLink>}>
      <Loaded query={entries} lines={6}>
        {(page) => <EntryList entries={page.data} self={tenant.id} />}
      </Loaded>
    </Card>
  );
}
