import { Download } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useScope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { ChainStatus } from './chain.tsx';
import { ExportDialog } from './export.tsx';
import { useLogFilters } from './filters.ts';
import { tenantSource } from './source.ts';
import { LogView } from './view.tsx';

const texts = messages('log-activity', { export: 'Export' });

/** What happened to a tenant and what it has, on the tenant's page. */
export function TenantActivity() {
  const { tenant } = useTenant();
  const { can } = useScope();
  const source = useMemo(() => tenantSource(tenant.id), [tenant.id]);
  const [exporting, setExporting] = useState(false);
  const { query } = useLogFilters(source);
  return (
    <>
      <ChainStatus
        tenant={tenant.id}
        actions={
          can('audit:export') ? (
            <Button size="sm" icon={<Download aria-hidden />} onClick={() => setExporting(true)}>
              {texts.export}
            </Button>
          ) : null
        }
      />
      <LogView source={source} />
      <ExportDialog open={exporting} onClose={() => setExporting(false)} query={{ ...query, tenant_id: tenant.id }} />
    </>
  );
}
