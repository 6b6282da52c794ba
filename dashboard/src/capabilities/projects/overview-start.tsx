/** The first steps in a new project, with those that are done marked. Gone once all are. */

import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { projectPaths, usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Code, CopyButton } from '../../ui/display.tsx';
import { Card } from '../../ui/page.tsx';
import { useTenantStats } from '../tenants/reading.ts';
import { sumOf } from './overview-data.ts';

const texts = messages('overview-start', {
  title: 'First steps',
  note: 'Three steps until your application works with this project.',
  done: 'Done',
  open: (step: number) => `Step ${step}`,
  tenant: 'Create a tenant',
  tenantHint: 'A tenant is a customer of yours: a person or an organization. Members, roles, keys and limits belong to it.',
  key: 'Make an API key',
  keyHint: 'Your application signs in with it. Its secret is shown once.',
  request: 'Make the first request',
  requestHint: 'With the key in place of $KEY. This mark is set once a key of the project has been used.',
  copy: 'the request',
  copyLabel: 'Copy',
});

const EVERY_MS = 5000;

export function FirstSteps() {
  const { can } = useProject();
  const to = usePaths();
  const allowed = can('tenant:read') && can('key:read');
  return allowed ? <Steps to={to} /> : null;
}

function Steps({ to }: { to: ReturnType<typeof projectPaths> }) {
  const { can } = useProject();
  const stats = useTenantStats();
  const keys = useRead(['keys', 'first'], (api, signal) => api.GET('/v1/keys', { params: { query: { limit: 100 } }, signal }), {
    // That a key is used is no event; asked for only as long as the last step is open.
    refetchInterval: ({ state }) => (state.data?.data.some((key) => key.last_used_at !== null) ? false : EVERY_MS),
  });
  // Until both are known nothing is said: steps must not flash on every visit.
  if (!stats.data || !keys.data) return null;
  const hasTenant = sumOf(stats.data.by_status) > 0;
  const hasKey = keys.data.data.length > 0;
  const hasUse = keys.data.data.some((key) => key.last_used_at !== null);
  if (hasTenant && hasKey && hasUse) return null;
  const request = `curl ${globalThis.location.origin}/v1/tenants \\\n  -H "authorization: Bearer $KEY"`;
  return (
    <Card title={texts.title} note={texts.note}>
      <ol className="first-steps">
        <Step number={1} done={hasTenant} title={texts.tenant} hint={texts.tenantHint}>
          {can('tenant:create') && !hasTenant ? (
            <ButtonLink tone="primary" href={to.tenants({ new: '1' })}>
              {texts.tenant}
            </ButtonLink>
          ) : null}
        </Step>
        <Step number={2} done={hasKey} title={texts.key} hint={texts.keyHint}>
          {can('key:create') && !hasKey ? (
            <ButtonLink tone={hasTenant ? 'primary' : 'plain'} href={to.keys({ new: '1' })}>
              {texts.key}
            </ButtonLink>
          ) : null}
        </Step>
        <Step number={3} done={hasUse} title={texts.request} hint={texts.requestHint}>
          <Code text={request} label={texts.request} />
          <CopyButton text={request} what={texts.copy} label={texts.copyLabel} />
        </Step>
      </ol>
    </Card>
  );
}

function Step({ number, done, title, hint, children }: { number: number; done: boolean; title: string; hint: string; children?: ReactNode }) {
  return (
    <li>
      <span className="first-step-mark" data-done={done || undefined} role="img" aria-label={done ? texts.done : texts.open(number)}>
        {done ? <Check aria-hidden /> : number}
      </span>
      <div className="stack" style={{ '--gap': 'var(--space-2)', alignItems: 'flex-start' } as never}>
        <h3>{title}</h3>
        <p className="dim">{hint}</p>
        {children}
      </div>
    </li>
  );
}
