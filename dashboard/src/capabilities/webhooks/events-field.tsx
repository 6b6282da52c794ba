/** What an endpoint hears: everything, whole nouns, or single types of events, each with what it looks like. */

import { type ReactNode, useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Radios } from '../../ui/choices.tsx';
import { Json } from '../../ui/display.tsx';
import { Field } from '../../ui/form.tsx';
import { PatternPicker } from '../../ui/pattern-picker.tsx';
import { Loaded } from '../../ui/states.tsx';
import { type EventType, useEventTypes } from './model.ts';
import './webhooks.css';

const texts = messages('webhooks.events', {
  which: 'Which events',
  all: 'All events',
  allHint: 'Of every type, including those that later versions add.',
  some: 'Chosen ones',
  someHint: 'Whole nouns, or single types.',
  list: 'Types of events',
  search: 'Search types of events',
  whole: (noun: string) => `everything about ${noun}, also what is added later`,
  sample: 'Sample',
  hide: 'Hide sample',
  data: (type: string) => `Data of ${type}`,
  nothing: 'No type matches.',
});

export function EventsField({ value, onChange, pointer = '/event_types' }: { value: readonly string[]; onChange: (value: string[]) => void; pointer?: string }) {
  const all = value.includes('*');
  // What was chosen before is there again when one changes one's mind.
  const [kept, setKept] = useState<string[]>([]);
  const types = useEventTypes();
  return (
    <div className="stack">
      <Radios
        label={texts.which}
        value={all ? 'all' : 'some'}
        onChange={(next) => {
          if (next === 'all') setKept([...value]);
          onChange(next === 'all' ? ['*'] : kept);
        }}
        choices={[
          { value: 'all', text: texts.all, hint: texts.allHint },
          { value: 'some', text: texts.some, hint: texts.someHint },
        ]}
      />
      <Field label={texts.list} pointer={pointer}>
        {(control) => (
          <Loaded query={types}>
            {(page) => (
              <PatternPicker
                id={control.id}
                items={page.data}
                chosen={value}
                onChange={onChange}
                separator="."
                search={texts.search}
                nothing={texts.nothing}
                whole={texts.whole}
                line={(type, checkbox) => <TypeLine type={type} checkbox={checkbox} />}
              />
            )}
          </Loaded>
        )}
      </Field>
    </div>
  );
}

/** The line of a type, with what an event of it looks like. */
function TypeLine({ type, checkbox }: { type: EventType; checkbox: ReactNode }) {
  const [sample, setSample] = useState(false);
  return (
    <>
      <div className="webhooks-type">
        {checkbox}
        <Button size="sm" tone="quiet" aria-expanded={sample} onClick={() => setSample(!sample)}>
          {sample ? texts.hide : texts.sample}
        </Button>
      </div>
      {sample ? <Json value={type.sample} label={texts.data(type.name)} /> : null}
    </>
  );
}
