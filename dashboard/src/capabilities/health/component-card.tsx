import { Sparkline } from '../../ui/charts/small.tsx';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import { Card } from '../../ui/page.tsx';
import type { Sample } from './samples.ts';
import { type Component, adviceFor, componentName, figureText, purposeOf, stateTone, stateWord } from './words.ts';

const texts = messages('health-component', {
  lately: (what: string, part: string) => `${what} of ${part}, in the last minutes`,
});

/** The figure of each part whose course says most. */
const COURSE: Record<string, string> = {
  database: 'ping_microseconds',
  directory: 'age_milliseconds',
  sequencer: 'waiting',
  jobs: 'due',
  webhooks: 'due',
};

/** One part: how it fares in a word and a sentence, and what to do when it fares badly. */
export function ComponentCard({ component, samples }: { component: Component; samples: readonly Sample[] }) {
  const { name, state, detail, figures } = component;
  const course = COURSE[name];
  const values = course ? samples.map((sample) => sample.figures[`${name}.${course}`] ?? 0) : [];
  const advice = state === 'ok' ? undefined : adviceFor(name);
  return (
    <Card
      title={
        <span className="row" data-apart>
          {componentName(name)}
          <Badge dot tone={stateTone(state)}>
            {stateWord(state)}
          </Badge>
        </span>
      }
      note={purposeOf(name)}
    >
      <div className="stack" style={{ '--gap': 'var(--space-3)' } as never}>
        <p className={state === 'ok' ? undefined : 'strong'}>{detail}</p>
        {advice ? <p className={state === 'problem' ? 'bad-text' : 'warn-text'}>{advice}</p> : null}
        <div className="row" data-apart>
          <dl className="health-figures">
            {Object.entries(figures).map(([figure, value]) => {
              const [label, text] = figureText(figure, value);
              return (
                <div key={figure}>
                  <dt>{label}</dt>
                  <dd>{text}</dd>
                </div>
              );
            })}
          </dl>
          {course && values.length > 1 ? <Sparkline values={values} label={texts.lately(figureText(course, 0)[0], componentName(name))} /> : null}
        </div>
      </div>
    </Card>
  );
}
