import { date, day } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { TimeChart } from '../../ui/charts/time-chart.tsx';
import { Select } from '../../ui/menu.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { RANGES, useDays, useHistory } from './overview-data.ts';

const texts = messages('overview-growth', {
  total: 'Tenants over time',
  totalNote: 'At the end of each day in UTC, by status',
  since: (at: string) => `Counted since ${at}`,
  created: 'Created per day',
  range: 'Last',
  days: (count: string) => `${count} days`,
  statuses: { active: 'Active', pending: 'Pending', suspended: 'Suspended', archived: 'Archived' } as Record<string, string>,
  new: 'Created',
  few: 'The chart begins with the second day.',
});

/** From the bottom upwards. */
const STATUSES: readonly [status: string, color: string][] = [
  ['active', 'var(--chart-3)'],
  ['pending', 'var(--chart-1)'],
  ['suspended', 'var(--chart-2)'],
  ['archived', 'var(--chart-6)'],
];

export function TenantsOverTime() {
  const history = useHistory();
  const [days, setDays] = useDays();
  const from = history.data?.counted_from;
  return (
    <Card
      title={texts.total}
      note={from ? texts.since(date(from)) : texts.totalNote}
      actions={
        <Select compact label={texts.range} value={days} choices={RANGES.map((one) => ({ value: one as string, text: texts.days(one) }))} onChange={setDays} />
      }
    >
      <Loaded query={history} lines={7}>
        {({ data }) =>
          data.length < 2 ? (
            <p className="dim">{texts.few}</p>
          ) : (
            <TimeChart
              label={texts.total}
              kind="area"
              height={270}
              times={data.map((one) => one.date)}
              format={day}
              series={STATUSES.map(([status, color]) => ({
                key: status,
                name: texts.statuses[status] ?? status,
                color,
                values: data.map((one) => one.by_status[status] ?? 0),
              }))}
            />
          )
        }
      </Loaded>
    </Card>
  );
}

export function CreatedPerDay() {
  const history = useHistory();
  return (
    <Card title={texts.created}>
      <Loaded query={history} lines={5}>
        {({ data }) => (
          <TimeChart
            label={texts.created}
            kind="bars"
            height={220}
            times={data.map((one) => one.date)}
            format={day}
            series={[
              { key: 'created', name: texts.new, color: 'var(--chart-1)', values: data.map((one) => one.created) },
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
