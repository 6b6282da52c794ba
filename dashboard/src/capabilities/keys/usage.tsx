/** How a key was used: as a spark in a row, and as a chart on its page. */

import { useState } from 'react';
import { useRead } from '../../api/data.ts';
import { clock, day, number } from '../../i18n/format.ts';
import { counted, language, messages } from '../../i18n/messages.ts';
import type { Series } from '../../ui/charts/frame.tsx';
import { Sparkline } from '../../ui/charts/small.tsx';
import { TimeChart } from '../../ui/charts/time-chart.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Segments } from '../../ui/choices.tsx';
import { type KeyUsage, totals } from './model.ts';

const texts = messages('keys.usage', {
  title: 'Use',
  spark: (valid: string, refused: string) => `Last 24 hours: ${valid} let in, ${refused} refused`,
  calls: (count: number) => counted(count, 'verification', 'verifications'),
  none: 'Not verified in this time. Its own calls of this API are not counted here.',
  sum: (valid: string, refused: string) => `${valid} verifications let in, ${refused} refused`,
  valid: 'Let in',
  periods: [
    { value: '24', text: '24 h' },
    { value: '168', text: '7 d' },
    { value: '720', text: '30 d' },
  ],
  period: 'Period',
  chart: 'Verifications over time, by decision',
});

/** Codes of decisions that a chart can show, in the order of their series, so that each keeps its colour. */
const CODES = [
  'rate_limited',
  'credits_exhausted',
  'insufficient_permissions',
  'forbidden_ip',
  'expired',
  'disabled',
  'revoked',
  'tenant_suspended',
  'tenant_not_active',
  'tenant_mismatch',
];
const COLORS = ['var(--chart-2)', 'var(--chart-4)', 'var(--chart-5)', 'var(--chart-1)', 'var(--chart-6)'];

/** Counted in the background, so what is on the screen may be a minute old. */
export function useUsage(id: string, hours: number, enabled = true) {
  return useRead<KeyUsage>(
    ['key_usage', id, hours],
    (api, signal) => api.GET('/v1/keys/{api_key}/usage', { params: { path: { api_key: id }, query: { hours } }, signal }),
    { staleTime: 60_000, refetchInterval: 60_000, enabled, keep: true },
  );
}

export function UsageSpark({ id }: { id: string }) {
  const usage = useUsage(id, 24);
  if (!usage.data) return <span className="dim">–</span>;
  const { valid, refused } = totals(usage.data);
  if (valid + refused === 0) return <span className="dim">–</span>;
  return (
    <Sparkline
      values={usage.data.buckets.map((bucket) => bucket.valid + Object.values(bucket.refused).reduce((sum, count) => sum + count, 0))}
      label={texts.spark(texts.calls(valid), number(refused))}
    />
  );
}

export function UsageCard({ id }: { id: string }) {
  const [hours, setHours] = useState('24');
  const usage = useUsage(id, Number(hours));
  return (
    <Card
      title={texts.title}
      note={usage.data ? sumText(usage.data) : undefined}
      actions={<Segments label={texts.period} value={hours} choices={texts.periods} onChange={setHours} />}
    >
      <Loaded query={usage}>{(data) => <UsageChart usage={data} hours={Number(hours)} />}</Loaded>
    </Card>
  );
}

/** `Thu 8 PM`: short enough for an axis of a week. */
const weekdayHour = (at: string): string => new Date(at).toLocaleString(language(), { weekday: 'short', hour: 'numeric' });

function sumText(usage: KeyUsage): string {
  const { valid, refused } = totals(usage);
  return valid + refused === 0 ? texts.none : texts.sum(number(valid), number(refused));
}

function UsageChart({ usage, hours }: { usage: KeyUsage; hours: number }) {
  const buckets = hours > 168 ? byDay(usage) : usage.buckets;
  const format = hours > 168 ? day : hours > 24 ? weekdayHour : clock;
  return (
    <TimeChart
      label={texts.chart}
      kind="bars"
      height={180}
      legend
      times={buckets.map((bucket) => bucket.start)}
      series={seriesOf(buckets)}
      format={format}
    />
  );
}

function seriesOf(buckets: KeyUsage['buckets']): Series[] {
  const seen = new Set(buckets.flatMap((bucket) => Object.keys(bucket.refused)));
  const codes = [...CODES.filter((code) => seen.has(code)), ...[...seen].filter((code) => !CODES.includes(code))];
  return [
    { key: 'valid', name: texts.valid, color: 'var(--chart-3)', values: buckets.map((bucket) => bucket.valid) },
    ...codes.map((code) => ({
      key: code,
      name: code.replaceAll('_', ' '),
      color: COLORS[Math.max(0, CODES.indexOf(code)) % COLORS.length] ?? 'var(--chart-6)',
      values: buckets.map((bucket) => bucket.refused[code] ?? 0),
    })),
  ];
}

/** Hours are too thin for a month. Days are UTC, as the server's. */
function byDay(usage: KeyUsage): KeyUsage['buckets'] {
  const days = new Map<string, KeyUsage['buckets'][number]>();
  for (const bucket of usage.buckets) {
    const start = `${bucket.start.slice(0, 10)}T00:00:00Z`;
    const sum = days.get(start) ?? { start, valid: 0, refused: {} };
    sum.valid += bucket.valid;
    for (const [code, count] of Object.entries(bucket.refused)) sum.refused[code] = (sum.refused[code] ?? 0) + count;
    days.set(start, sum);
  }
  return [...days.values()];
}
