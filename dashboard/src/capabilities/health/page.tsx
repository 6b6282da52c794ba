import { duration, number } from '../../i18n/format.ts';
import { language, messages } from '../../i18n/messages.ts';
import { colorOf } from '../../ui/charts/frame.tsx';
import { TimeChart } from '../../ui/charts/time-chart.tsx';
import { Badge, Time } from '../../ui/display.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { problemText } from '../../ui/problem.ts';
import { Failed, Note, Skeleton } from '../../ui/states.tsx';
import { ComponentCard } from './component-card.tsx';
import { type Reading, type Sample, useHealth } from './samples.ts';
import { type Installation, componentName, stateTone, worstOf } from './words.ts';
import './health.css';

const texts = messages('health', {
  title: 'Health',
  note: 'How the installation fares, as the node that answers sees it. Read every five seconds.',
  overall: { ok: 'All is well', warning: 'Needs a look', problem: 'Something does not work' },
  away: 'no answer',
  lost: (why: string) => `The server has stopped answering. What you see is what it said last. ${why}`,
  unready: 'This node says that it cannot serve requests now: load balancers send them elsewhere.',
  waits: 'What waits',
  waitsNote: 'While this page is open. All of it should go back to nothing.',
  speed: 'Answers',
  speedNote: 'Milliseconds. The server’s answer includes the network between it and you.',
  server: 'Server, with the network',
  database: 'Database',
  collecting: 'The chart begins with the second reading.',
  about: 'About',
  version: 'Version',
  kind: 'Database',
  databases: { sqlite: 'SQLite', postgres: 'PostgreSQL' } as Record<string, string>,
  schema: (version: string) => `schema ${version}`,
  up: 'Up for',
  since: 'Started',
  url: 'Address',
  mail: 'Mail',
  mailOn: 'is sent',
  mailOff: 'is not set up: invitations and password links must be passed on by hand',
  sso: 'Single sign-on',
  ssoOn: 'is set up',
  ssoOff: 'is not set up',
});

export function Health() {
  const read = useHealth();
  if (!read.data) {
    return (
      <Page title={texts.title} note={texts.note}>
        <div className="card card-body">{read.isError ? <Failed error={read.error} retry={() => void read.refetch()} /> : <Skeleton lines={8} />}</div>
      </Page>
    );
  }
  const { installation, ready } = read.data;
  const worst = worstOf(installation.components);
  return (
    <Page
      title={texts.title}
      note={texts.note}
      badge={
        <Badge dot tone={read.isError ? 'bad' : stateTone(worst)}>
          {read.isError ? texts.away : texts.overall[worst]}
        </Badge>
      }
    >
      {read.isError ? <Note tone="bad">{texts.lost(problemText(read.error))}</Note> : null}
      {ready ? null : <Note tone="warn">{texts.unready}</Note>}
      <div className="grid" style={{ '--least': '19rem' } as never}>
        {installation.components.map((component) => (
          <ComponentCard key={component.name} component={component} samples={read.data.samples} />
        ))}
      </div>
      <Charts reading={read.data} />
      <About installation={installation} />
    </Page>
  );
}

/** `18:27:20`: to the second, since readings are five apart. */
const seconds = (at: string): string => new Intl.DateTimeFormat(language(), { timeStyle: 'medium' }).format(new Date(at));

const QUEUES = ['sequencer.waiting', 'jobs.due', 'webhooks.due'] as const;

function Charts({ reading: { samples } }: { reading: Reading }) {
  const times = samples.map((sample) => sample.at);
  const values = (pick: (sample: Sample) => number | undefined) => samples.map((sample) => pick(sample) ?? 0);
  const queues = QUEUES.map((name, index) => ({
    key: name,
    name: componentName(name.slice(0, name.indexOf('.'))),
    color: colorOf(index),
    values: values((sample) => sample.figures[name]),
  }));
  const speeds = [
    { key: 'answer', name: texts.server, color: colorOf(0), values: values((sample) => Math.round(sample.answer)) },
    {
      key: 'ping',
      name: texts.database,
      color: colorOf(2),
      values: values((sample) => Math.round((sample.figures['database.ping_microseconds'] ?? 0) / 100) / 10),
    },
  ];
  const chart = (label: string, series: typeof speeds) =>
    samples.length < 2 ? (
      <p className="dim">{texts.collecting}</p>
    ) : (
      <TimeChart label={label} kind="line" times={times} series={series} format={seconds} height={160} />
    );
  return (
    <div className="grid" style={{ '--least': '24rem' } as never}>
      <Card title={texts.waits} note={texts.waitsNote}>
        {chart(texts.waits, queues)}
      </Card>
      <Card title={texts.speed} note={texts.speedNote}>
        {chart(texts.speed, speeds)}
      </Card>
    </div>
  );
}

function About({ installation }: { installation: Installation }) {
  const { version, database, schema_version: schema, uptime_seconds: up, started_at: started, public_url: url } = installation;
  return (
    <Card title={texts.about}>
      <Facts
        facts={[
          [texts.version, <code key="version">{version}</code>],
          [texts.kind, `${texts.databases[database] ?? database}, ${texts.schema(number(schema))}`],
          [texts.up, duration(up)],
          [texts.since, <Time key="since" exact at={started} />],
          [texts.url, <code key="url">{url}</code>],
          [texts.mail, installation.mail ? texts.mailOn : texts.mailOff],
          [texts.sso, installation.single_sign_on ? texts.ssoOn : texts.ssoOff],
        ]}
      />
    </Card>
  );
}
