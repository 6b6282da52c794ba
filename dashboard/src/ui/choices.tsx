/** Choosing one of a few that are all in view. */

import { type KeyboardEvent, type ReactNode, useId } from 'react';
import type { Choice } from './menu.tsx';

interface Choosing<Value extends string, One = Choice<Value>> {
  label: string;
  value: Value;
  choices: readonly One[];
  onChange: (value: Value) => void;
}

/** One of two to five, all in view, side by side. */
export function Segments<Value extends string>({ label, value, choices, onChange }: Choosing<Value>) {
  const name = useId();
  return (
    <div className="segments" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input type="radio" name={name} className="hidden-visually" checked={choice.value === value} onChange={() => onChange(choice.value)} />
          <span>{choice.text}</span>
        </label>
      ))}
    </div>
  );
}

/** One of two or three, each a tile that may say what it means. */
export function Tiles<Value extends string>({ label, value, choices, onChange }: Choosing<Value, Choice<Value> & { hint?: ReactNode }>) {
  const name = useId();
  return (
    <fieldset className="tiles">
      <legend className="field-label">{label}</legend>
      <div className="tiles-row" data-wide={choices.some((choice) => choice.hint) || undefined}>
        {choices.map((choice) => (
          <label key={choice.value} className="tile">
            <input type="radio" name={name} value={choice.value} checked={choice.value === value} onChange={() => onChange(choice.value)} />
            <span className={choice.hint ? 'strong' : undefined}>{choice.text}</span>
            {choice.hint ? <span className="small dim">{choice.hint}</span> : null}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** One of a few, each with a line on what it means. */
export function Radios<Value extends string>({ label, value, choices, onChange }: Choosing<Value, Choice<Value> & { hint?: ReactNode }>) {
  const name = useId();
  return (
    <fieldset className="radios">
      <legend className="field-label">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="radio">
          <input type="radio" name={name} checked={choice.value === value} onChange={() => onChange(choice.value)} />
          <span>
            <span className="strong">{choice.text}</span>
            {choice.hint ? <span className="field-hint">{choice.hint}</span> : null}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Tabs that change what is below them, not the page. */
export function Tabs<Value extends string>({ label, value, choices, onChange }: Choosing<Value>) {
  const step = (event: KeyboardEvent<HTMLDivElement>) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const place = choices.findIndex((choice) => choice.value === value) + by;
    const next = (place + choices.length) % choices.length;
    onChange(choices[next]?.value ?? value);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  return (
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus -- the tabs in it have the focus
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={step}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="tab"
          className="tab"
          aria-selected={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          onClick={() => onChange(choice.value)}
        >
          {choice.text}
        </button>
      ))}
    </div>
  );
}
