/** What an endpoint hears: everything, whole nouns, or single types of events, each with what it looks like. */

import { useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Checkbox } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';
import { Json } from '../../ui/display.tsx';
import { Loaded } from '../../ui/states.tsx';
import { Button } from '../../ui/button.tsx';
import { Radios } from '../../ui/choices.tsx';
import { type EventType, hears, nounOf, useEventTypes } from './model.ts';
import '../keys/keys.css';

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
          <Loaded query={types}>{(page) => <TypeList id={control.id} types={page.data} chosen={value} onChange={onChange} />}</Loaded>
        )}
      </Field>
    </div>
  );
}

function TypeList({ id, types, chosen, onChange }: { id: string; types: readonly EventType[]; chosen: readonly string[]; onChange: (chosen: string[]) => void }) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const found = types.filter((type) => `${type.name} ${type.description}`.toLowerCase().includes(wanted));
  const nouns = [...new Set(found.map((type) => nounOf(type.name)))];
  return (
    <>
      <input
        id={id}
        type="search"
        className="input"
        aria-label={texts.search}
        placeholder={texts.search}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="keys-scopes">
        {nouns.map((noun) => (
          <TypeGroup
            key={noun}
            noun={noun}
            shown={found.filter((type) => nounOf(type.name) === noun)}
            all={types.filter((type) => nounOf(type.name) === noun)}
            chosen={chosen}
            onChange={onChange}
          />
        ))}
        {nouns.length === 0 ? <p className="keys-scope-group dim">{texts.nothing}</p> : null}
      </div>
    </>
  );
}

function TypeGroup({
  noun,
  shown,
  all,
  chosen,
  onChange,
}: {
  noun: string;
  shown: readonly EventType[];
  all: readonly EventType[];
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const wild = `${noun}.*`;
  const everything = chosen.includes('*');
  const whole = everything || chosen.includes(wild);
  const some = all.some((type) => chosen.includes(type.name));
  const others = chosen.filter((pattern) => nounOf(pattern) !== noun);
  const toggle = (name: string, on: boolean) => {
    const own = whole ? all.map((type) => type.name) : chosen.filter((pattern) => nounOf(pattern) === noun);
    onChange([...others, ...(on ? [...own, name] : own.filter((pattern) => pattern !== name))]);
  };
  return (
    <div className="keys-scope-group">
      <Checkbox
        checked={whole}
        mixed={!whole && some}
        disabled={everything}
        onChange={(on) => onChange(on ? [...others, wild] : others)}
        label={
          <>
            <code className="strong">{wild}</code> <span className="dim small">{texts.whole(noun.replaceAll('_', ' '))}</span>
          </>
        }
      />
      <ul>
        {shown.map((type) => (
          <TypeLine
            key={type.name}
            type={type}
            on={chosen.some((pattern) => hears(pattern, type.name))}
            disabled={everything}
            toggle={(on) => toggle(type.name, on)}
          />
        ))}
      </ul>
    </div>
  );
}

function TypeLine({ type, on, disabled, toggle }: { type: EventType; on: boolean; disabled: boolean; toggle: (on: boolean) => void }) {
  const [sample, setSample] = useState(false);
  return (
    <li>
      <div className="webhooks-type">
        <Checkbox
          checked={on}
          disabled={disabled}
          onChange={toggle}
          label={
            <>
              <code>{type.name}</code> <span className="dim small">{type.description}</span>
            </>
          }
        />
        <Button size="sm" tone="quiet" aria-expanded={sample} onClick={() => setSample(!sample)}>
          {sample ? texts.hide : texts.sample}
        </Button>
      </div>
      {sample ? <Json value={type.sample} label={texts.data(type.name)} /> : null}
    </li>
  );
}
