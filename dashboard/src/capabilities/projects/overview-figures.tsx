import { useProject } from '../../api/scope.tsx';
import { projectPaths, usePaths } from '../../app/paths.ts';
import { compact, number, percent } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Figure } from '../../ui/page.tsx';
import { useTenantStats } from '../tenants/reading.ts';
import { sumOf, useHistory, useKeyUsage } from './overview-data.ts';

const texts = messages('overview-figures', {
  total: 'Tenants',
  totalNote: (today: number) => (today === 0 ? 'none new in 24 hours' : `${number(today)} new in 24 hours`),
  created: 'New in 7 days',
  more: (by: string) => `${by} more than the 7 days before`,
  fewer: (by: string) => `${by} fewer than the 7 days before`,
  same: 'as many as the 7 days before',
  active: 'Active',
  activeNote: (active: string, total: string) => `${active} of ${total}`,
  checks: 'Key checks, 24 hours',
  refused: (share: string) => `${share} refused`,
  noChecks: 'no key was checked',
  unknown: '–',
});

export function Figures() {
  const { can } = useProject();
  const to = usePaths();
  return (
    <div className="grid" style={{ '--least': '10rem' } as never}>
      <TenantFigures to={to} />
      {can('key:read') ? <Checks href={to.keys()} /> : null}
    </div>
  );
}

function TenantFigures({ to }: { to: ReturnType<typeof projectPaths> }) {
  const stats = useTenantStats();
  const before = useBefore();
  const missing = stats.isError ? texts.unknown : undefined;
  const data = stats.data;
  const active = data?.by_status.active ?? 0;
  return (
    <>
      <Figure label={texts.total} href={to.tenants()} value={data ? number(data.total) : missing} note={data ? texts.totalNote(data.created.last_24h) : null} />
      <Figure
        label={texts.created}
        href={to.tenants({ order: '-created_at' })}
        value={data ? number(data.created.last_7d) : missing}
        note={data && before !== undefined ? compared(data.created.last_7d, before) : null}
      />
      <Figure
        label={texts.active}
        href={to.tenants({ status: 'active' })}
        value={data ? (data.total > 0 ? percent(active / data.total) : texts.unknown) : missing}
        note={data ? texts.activeNote(number(active), number(data.total)) : null}
      />
    </>
  );
}

/** How many were created in the seven days before the last seven; unknown where counting began later. */
function useBefore(): number | undefined {
  const history = useHistory();
  const days = history.data?.data;
  if (!days || days.length < 14) return undefined;
  return days.slice(-14, -7).reduce((sum, day) => sum + day.created, 0);
}

function compared(now: number, before: number): string {
  if (now === before) return texts.same;
  const by = number(Math.abs(now - before));
  return now > before ? texts.more(by) : texts.fewer(by);
}

function Checks({ href }: { href: string }) {
  const usage = useKeyUsage('24');
  const total = usage.data?.total;
  const refused = total ? sumOf(total.refused) : 0;
  const all = (total?.valid ?? 0) + refused;
  return (
    <Figure
      label={texts.checks}
      href={href}
      value={total ? compact(all) : usage.isError ? texts.unknown : undefined}
      note={total ? (all === 0 ? texts.noChecks : texts.refused(percent(refused / all))) : null}
    />
  );
}
