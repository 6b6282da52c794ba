/** Live or test: what differs, wherever someone chooses or sees it. */

import type { Schemas } from '@carcosa/client';
import { useId } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import './projects.css';

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

export function EnvironmentField({ value, onChange }: { value: Environment; onChange: (value: Environment) => void }) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend className="field-label">{texts.label}</legend>
      <div className="choices-row" style={{ '--least': '12rem' } as never}>
        {(['live', 'test'] as const).map((one) => (
          <label key={one} className="choice" htmlFor={`${name}-${one}`}>
            <input
              type="radio"
              id={`${name}-${one}`}
              name={name}
              value={one}
              checked={value === one}
              onChange={() => onChange(one)}
            />
            <span className="strong">{texts[one]}</span>
            <span className="small dim">{texts.hints[one]}</span>
          </label>
        ))}
      </div>
      <p className="field-hint">{texts.fixed}</p>
    </fieldset>
  );
}

/** What differs between the two, in one sentence. */
export const environmentHint = (environment: Environment): string => texts.hints[environment];
