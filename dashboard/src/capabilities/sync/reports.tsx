/** What a copy reported: as charts, and one by one. */

import { ScrollText } from 'lucide-react';
import { useMemo } from 'react';
import { useList } from '../../api/data.ts';
import { useSearch } from '../../app/search.ts';
import { clock, number } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { colorOf } from '../../ui/charts/frame.tsx';
import { TimeChart } from '../../ui/charts/time-chart.tsx';
import { Badge, Time } from '../../ui/display.tsx';
import { Select } from '../../ui/menu.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { KINDS, type SyncClient, type SyncReport, type SyncWork, kindName, millis, outcomeWord } from './model.ts';

const texts = messages('sync-reports', {
  durations: 'How long it took',
  durationsNote: (count: number) => `Milliseconds, the last ${counted(count, 'run', 'runs')} that succeeded`,
  objects: 'Objects written or removed',
  label: 'Reports',
  kind: 'Kind',
  outcome: 'Outcome',
  any: 'Any',
  time: 'Time',
  took: 'Took',
  count: 'Objects',
  differences: 'Differed',
  error: 'Why it failed',
  none: 'No reports yet',
  noneHint: 'Reports of the last 30 days are kept. A copy sends one after each snapshot, comparison and round of changes.',
  noneFit: 'No report fits',
});

type Outcome = 'succeeded' | 'failed';

export function Reports({ client }: { client: SyncClient }) {
  const [values, set] = useSearch({ kind: '', outcome: '' });
  const path = { sync_client: client.id };
  const list = useList<SyncReport>(
    ['sync', client.id, 'reports', values],
    (api, after, signal) =>
      api.GET('/v1/sync/clients/{sync_client}/reports', {
        params: {
          path,
          query: {
            limit: 100,
            ...(values.kind ? { kind: values.kind as SyncWork } : {}),
            ...(values.outcome ? { outcome: values.outcome as Outcome } : {}),
            after,
          },
        },
        signal,
      }),
    { refetchInterval: 15_000 },
  );
  return (
    <>
      <Charts reports={list.items} />
      <div className="stack" style={{ '--gap': 'var(--space-3)' } as never}>
        <div className="table-bar">
          <Select
            compact
            label={texts.kind}
            value={values.kind}
            choices={[{ value: '', text: texts.any }, ...KINDS.map((kind) => ({ value: kind as string, text: kindName(kind) }))]}
            onChange={(kind) => set({ kind })}
          />
          <Select
            compact
            label={texts.outcome}
            value={values.outcome}
            choices={[{ value: '', text: texts.any }, ...['succeeded', 'failed'].map((one) => ({ value: one, text: outcomeWord(one) }))]}
            onChange={(outcome) => set({ outcome })}
          />
        </div>
        <Table
          label={texts.label}
          list={list}
          columns={COLUMNS}
          idOf={(report) => report.id}
          nameOf={(report) => kindName(report.kind)}
          empty={
            <Empty icon={<ScrollText aria-hidden />} title={values.kind || values.outcome ? texts.noneFit : texts.none}>
              {texts.noneHint}
            </Empty>
          }
        />
      </div>
    </>
  );
}

const COLUMNS: readonly Column<SyncReport>[] = [
  { key: 'kind', head: texts.kind, width: 'minmax(6rem, 1fr)', cell: (report) => kindName(report.kind) },
  {
    key: 'outcome',
    head: texts.outcome,
    width: '7rem',
    cell: (report) => (
      <Badge dot tone={report.outcome === 'failed' ? 'bad' : 'good'}>
        {outcomeWord(report.outcome)}
      </Badge>
    ),
  },
  { key: 'time', head: texts.time, width: '8rem', cell: (report) => <Time at={report.created_at} /> },
  { key: 'took', head: texts.took, width: '6rem', align: 'end', hide: 'sm', cell: (report) => some(report.duration_ms, millis) },
  { key: 'objects', head: texts.count, width: '6rem', align: 'end', hide: 'sm', cell: (report) => some(report.objects, number) },
  { key: 'differences', head: texts.differences, width: '6rem', align: 'end', hide: 'md', cell: (report) => some(report.differences, number) },
  {
    key: 'error',
    head: texts.error,
    width: 'minmax(0, 2fr)',
    hide: 'md',
    cell: (report) => (report.error ? <span title={report.error}>{report.error}</span> : null),
  },
];

const some = (value: number | null, write: (value: number) => string) => (value === null ? <span className="dim">–</span> : write(value));

function Charts({ reports }: { reports: readonly SyncReport[] }) {
  const shown = useMemo(() => reports.filter((report) => report.outcome === 'succeeded').slice(0, 100).reverse(), [reports]);
  if (shown.length < 2) return null;
  const times = shown.map((report) => report.created_at);
  const kinds = KINDS.filter((kind) => shown.some((report) => report.kind === kind));
  const series = (value: (report: SyncReport) => number | null) =>
    kinds.map((kind) => ({
      key: kind,
      name: kindName(kind),
      color: colorOf(KINDS.indexOf(kind)),
      values: shown.map((report) => (report.kind === kind ? (value(report) ?? 0) : 0)),
    }));
  return (
    <div className="grid" style={{ '--least': '24rem' } as never}>
      <Card title={texts.durations} note={texts.durationsNote(shown.length)}>
        <TimeChart label={texts.durations} kind="bars" times={times} series={series((report) => report.duration_ms)} format={clock} height={160} legend />
      </Card>
      <Card title={texts.objects}>
        <TimeChart label={texts.objects} kind="bars" times={times} series={series((report) => report.objects)} format={clock} height={160} legend />
      </Card>
    </div>
  );
}
