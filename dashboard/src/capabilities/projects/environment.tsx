/** Live or test: what differs, wherever someone chooses or sees it. */

import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { Tiles } from '../../ui/choices.tsx';
import { Badge } from '../../ui/display.tsx';

const texts = messages('environment', {
  label: 'Environment',
  live: 'Live',
  test: 'Test',
  hints: {
    live: 'For real customers. Its API keys begin with “…_live_”.',
    test: 'For trying things out. Its API keys begin with “…_test_”, and a badge marks it everywhere.',
  },
  fixed: 'Chosen once: keys carry it in their text. Both work alike, and neither sees anything of the other.',
});

export type Environment = Schemas['Environment'];

export function EnvironmentBadge({ environment }: { environment: Environment }) {
  return <Badge tone={environment === 'live' ? 'good' : 'warn'}>{environment === 'live' ? texts.live : texts.test}</Badge>;
}

const CHOICES = (['live', 'test'] as const).map((value) => ({ value, text: texts[value], hint: texts.hints[value] }));

export function EnvironmentField({ value, onChange }: { value: Environment; onChange: (value: Environment) => void }) {
  return (
    <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
      <Tiles label={texts.label} value={value} choices={CHOICES} onChange={onChange} />
      <p className="field-hint">{texts.fixed}</p>
    </div>
  );
}

/** What differs between the two, in one sentence. */
export const environmentHint = (environment: Environment): string => texts.hints[environment];
