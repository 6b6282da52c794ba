/** The page that an operator opens every morning: how the project grows, and what needs them. Each card loads, and fails, by itself. */

import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import { Page } from '../../ui/page.tsx';
import { useTenantStats } from '../tenants/reading.ts';
import { LatestActivity, SecurityEvents } from './overview-activity.tsx';
import { Attention } from './overview-attention.tsx';
import { Figures } from './overview-figures.tsx';
import { CreatedPerDay, TenantsOverTime } from './overview-growth.tsx';
import { SharesOfTenants } from './overview-shares.tsx';
import { FirstSteps } from './overview-start.tsx';
import { Verifications } from './overview-usage.tsx';
import './overview.css';

const texts = messages('overview', { title: 'Overview', test: 'test' });

export function Overview() {
  const { can, project } = useProject();
  const tenants = can('tenant:read');
  // The same as the figures read: asked for once.
  const stats = useTenantStats(tenants);
  const isNew = stats.data?.total === 0;
  return (
    <Page title={texts.title} badge={project.environment === 'test' ? <Badge tone="warn">{texts.test}</Badge> : null} note={project.name}>
      <FirstSteps />
      {tenants && !isNew ? (
        <>
          <Figures />
          <div className="overview-wide">
            <Attention />
            <TenantsOverTime />
          </div>
          <div className="overview-half">
            <CreatedPerDay />
            {can('key:read') ? <Verifications /> : null}
          </div>
          <SharesOfTenants />
        </>
      ) : (
        <Attention />
      )}
      {can('audit:read') ? (
        <div className="overview-half">
          <LatestActivity />
          <SecurityEvents />
        </div>
      ) : null}
    </Page>
  );
}
