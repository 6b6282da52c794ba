import { usePaths } from '../../app/paths.ts';
import { number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { colorOf } from '../../ui/charts/frame.tsx';
import { type Share, Shares } from '../../ui/charts/small.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { useTenantStats } from '../tenants/reading.ts';

const texts = messages('overview-shares', {
  plan: 'By plan',
  kind: 'By kind',
  status: 'By status',
  others: (count: number) => `${count} other plans`,
  none: 'no plan',
  kinds: { individual: 'Individual', organization: 'Organization' } as Record<string, string>,
  statuses: { active: 'Active', pending: 'Pending', suspended: 'Suspended', archived: 'Archived' } as Record<string, string>,
  deleted: (count: number) => `${number(count)} deleted, and not purged yet`,
});

/** More plans than this are shown together. */
const SHOWN = 5;
const STATUS_COLORS: Record<string, string> = {
  active: 'var(--chart-3)',
  pending: 'var(--chart-1)',
  suspended: 'var(--chart-2)',
  archived: 'var(--chart-6)',
};

export function SharesOfTenants() {
  const to = usePaths();
  const stats = useTenantStats();
  const byKind = (counts: Record<string, number>) =>
    Object.entries(counts).map(
      ([kind, value], index): Share => ({ key: kind, name: texts.kinds[kind] ?? kind, value, color: colorOf(index), href: to.tenants({ kind }) }),
    );
  const byStatus = (counts: Record<string, number>) =>
    Object.keys(STATUS_COLORS).map((status): Share => ({
      key: status,
      name: texts.statuses[status] ?? status,
      value: counts[status] ?? 0,
      color: STATUS_COLORS[status] ?? colorOf(0),
      href: to.tenants({ status }),
    }));
  return (
    <div className="grid" style={{ '--least': '17rem' } as never}>
      <Card title={texts.plan}>
        <Loaded query={stats}>{({ by_plan: counts }) => <Shares label={texts.plan} shares={plans(counts, (plan) => to.tenants({ plan }))} />}</Loaded>
      </Card>
      <Card title={texts.status}>
        <Loaded query={stats}>
          {({ by_status: counts }) => (
            <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
              <Shares label={texts.status} shares={byStatus(counts)} />
              {counts.deleted ? (
                <p className="small">
                  <AppLink href={to.tenants({ status: 'deleted' })}>{texts.deleted(counts.deleted)}</AppLink>
                </p>
              ) : null}
            </div>
          )}
        </Loaded>
      </Card>
      <Card title={texts.kind}>
        <Loaded query={stats}>{({ by_kind: counts }) => <Shares label={texts.kind} shares={byKind(counts)} />}</Loaded>
      </Card>
    </div>
  );
}

/** The plans with most tenants, the rest as one. */
function plans(counts: Record<string, number>, href: (plan: string) => string): Share[] {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const first = sorted.slice(0, SHOWN).map(([plan, value], index): Share => {
    const name = plan === '' ? texts.none : plan;
    return { key: plan, name, value, color: colorOf(index), ...(plan === '' ? {} : { href: href(plan) }) };
  });
  const rest = sorted.slice(SHOWN);
  if (rest.length === 0) return first;
  const value = rest.reduce((sum, [, count]) => sum + count, 0);
  return [...first, { key: '…', name: texts.others(rest.length), value, color: 'var(--chart-6)' }];
}
