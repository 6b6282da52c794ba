import { Download } from 'lucide-react';
import { useState } from 'react';
import { useScope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { ChainStatus } from './chain.tsx';
import { ExportDialog } from './export.tsx';
import { useLogFilters } from './filters.ts';
import { projectSource } from './source.ts';
import { LogView } from './view.tsx';

const texts = messages('log', {
  title: 'Log',
  note: 'Everything that was done in this project, by whom, and what it changed.',
  export: 'Export',
});

export function Log() {
  const { can } = useScope();
  const [exporting, setExporting] = useState(false);
  const { query } = useLogFilters(projectSource);
  return (
    <Page
      title={texts.title}
      note={texts.note}
      actions={
        can('audit:export') ? (
          <Button icon={<Download aria-hidden />} onClick={() => setExporting(true)}>
            {texts.export}
          </Button>
        ) : null
      }
    >
      <ChainStatus />
      <LogView source={projectSource} />
      <ExportDialog open={exporting} onClose={() => setExporting(false)} query={query} />
    </Page>
  );
}
