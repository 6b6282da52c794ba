import { usePaths } from '../../app/paths.ts';
import { clock, number } from '../../i18n/format.ts';
import { language, messages } from '../../i18n/messages.ts';
import { TimeChart } from '../../ui/charts/time-chart.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Select } from '../../ui/menu.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { HOURS, sumOf, useHours, useKeyUsage } from './overview-data.ts';

const texts = messages('overview-usage', {
  title: 'Key checks per hour',
  range: 'Last',
  ranges: { '24': '24 hours', '168': '7 days' } as Record<string, string>,
  valid: 'Valid',
  refused: 'Refused',
  busiest: 'Busiest keys',
  none: 'No key was checked in this time. Your application asks at POST /v1/keys/verify whether a key may be used.',
});

/** `Thu, 18:00`, where hours of several days stand side by side. */
const weekday = (at: string): string =>
  new Intl.DateTimeFormat(language(), { weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(at));

const BUSIEST = 5;

export function Verifications() {
  const to = usePaths();
  const [hours, setHours] = useHours();
  const usage = useKeyUsage(hours);
  return (
    <Card
      title={texts.title}
      actions={
        <Select compact label={texts.range} value={hours} choices={HOURS.map((one) => ({ value: one as string, text: texts.ranges[one] ?? one }))} onChange={setHours} />
      }
    >
      <Loaded query={usage} lines={5}>
        {({ buckets, busiest, total }) =>
          total.valid + sumOf(total.refused) === 0 ? (
            <p className="dim">{texts.none}</p>
          ) : (
            <>
              <TimeChart
                label={texts.title}
                kind="bars"
                height={180}
                times={buckets.map((bucket) => bucket.start)}
                format={hours === '24' ? clock : weekday}
                series={[
                  { key: 'valid', name: texts.valid, color: 'var(--chart-3)', values: buckets.map((bucket) => bucket.valid) },
                  { key: 'refused', name: texts.refused, color: 'var(--chart-5)', values: buckets.map((bucket) => sumOf(bucket.refused)) },
                ]}
              />
              {busiest.length > 0 ? (
                <ul className="busiest" aria-label={texts.busiest}>
                  {busiest.slice(0, BUSIEST).map((key) => (
                    <li key={key.key_id}>
                      <AppLink className="clip" href={to.key(key.key_id)}>
                        {key.name}
                      </AppLink>
                      <span className="numeric dim">{number(key.valid + key.refused)}</span>
                    </li>
                  ))}
                </ul>
              ) : null}
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
