/** The controls of forms, each with its label. All are told their value and say the next one. */

import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Switch as BaseSwitch } from '@base-ui/react/switch';
import { Check, Minus, Search } from 'lucide-react';
import { type ComponentProps, type ReactNode, useEffect, useId, useState } from 'react';
import { Field } from './form.tsx';
import { type Choice, Select } from './menu.tsx';

interface Labelled {
  label: string;
  /** Where it goes in the request's body. */
  pointer: string;
  hint?: ReactNode;
  optional?: boolean;
}

type InputProps = Omit<ComponentProps<'input'>, 'value' | 'onChange' | 'id'>;

export function TextField({
  label,
  pointer,
  hint,
  optional,
  value,
  onChange,
  mono,
  ...rest
}: Labelled & InputProps & { value: string; onChange: (value: string) => void; mono?: boolean }) {
  return (
    <Field label={label} pointer={pointer} hint={hint} optional={optional}>
      {(control) => (
        <input
          className="input"
          data-mono={mono || undefined}
          spellCheck={mono ? false : undefined}
          autoComplete="off"
          {...rest}
          {...control}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function TextAreaField({
  label,
  pointer,
  hint,
  optional,
  value,
  onChange,
  mono,
  rows = 3,
  placeholder,
}: Labelled & { value: string; onChange: (value: string) => void; mono?: boolean; rows?: number; placeholder?: string }) {
  return (
    <Field label={label} pointer={pointer} hint={hint} optional={optional}>
      {(control) => (
        <textarea
          className="input"
          data-mono={mono || undefined}
          spellCheck={mono ? false : undefined}
          rows={rows}
          placeholder={placeholder}
          {...control}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function SelectField<Value extends string>({
  label,
  pointer,
  hint,
  optional,
  value,
  choices,
  onChange,
}: Labelled & { value: Value; choices: readonly Choice<Value>[]; onChange: (value: Value) => void }) {
  return (
    <Field label={label} pointer={pointer} hint={hint} optional={optional}>
      {(control) => (
        <Select
          id={control.id}
          value={value}
          choices={choices}
          onChange={onChange}
          disabled={control.disabled}
          invalid={control['aria-invalid'] ?? false}
          describedBy={control['aria-describedby']}
        />
      )}
    </Field>
  );
}

/** A moment, in the viewer's zone, as RFC 3339; empty for none. */
export function DateTimeField({
  value,
  onChange,
  ...labelled
}: Labelled & { value: string; onChange: (value: string) => void; min?: string }) {
  return (
    <TextField
      {...labelled}
      type="datetime-local"
      value={toLocal(value)}
      onChange={(text) => onChange(text === '' ? '' : new Date(text).toISOString())}
    />
  );
}

/** What `datetime-local` wants, of a moment; nothing for what is none. */
function toLocal(at: string): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return '';
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function Checkbox({
  checked,
  mixed,
  onChange,
  label,
  hideLabel,
  disabled,
}: {
  checked: boolean;
  /** Some of what it stands for, but not all. */
  mixed?: boolean;
  onChange: (checked: boolean) => void;
  label: ReactNode;
  hideLabel?: boolean;
  disabled?: boolean;
}) {
  const id = useId();
  const box = (
    <BaseCheckbox.Root
      id={id}
      className="check-box"
      checked={checked}
      indeterminate={mixed ?? false}
      disabled={disabled ?? false}
      onCheckedChange={(next) => onChange(next)}
      {...(hideLabel && typeof label === 'string' ? { 'aria-label': label } : {})}
    >
      <BaseCheckbox.Indicator>{mixed ? <Minus aria-hidden /> : <Check aria-hidden />}</BaseCheckbox.Indicator>
    </BaseCheckbox.Root>
  );
  if (hideLabel) return box;
  return (
    <label className="check" htmlFor={id}>
      {box}
      <span>{label}</span>
    </label>
  );
}

/** On or off, at once. */
export function Switch({
  on,
  onChange,
  label,
  disabled,
  showLabel,
}: {
  on: boolean;
  onChange: (on: boolean) => void;
  label: string;
  disabled?: boolean;
  showLabel?: boolean;
}) {
  const control = (
    <BaseSwitch.Root className="switch" checked={on} disabled={disabled ?? false} onCheckedChange={(next) => onChange(next)} aria-label={label}>
      <BaseSwitch.Thumb className="switch-thumb" />
    </BaseSwitch.Root>
  );
  if (!showLabel) return control;
  return (
    <span className="row">
      {control}
      <span aria-hidden>{label}</span>
    </span>
  );
}

/** A text that is said once the hand rests. */
function useRested(value: string, onChange: (value: string) => void, tidy: (text: string) => string) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  // The address may change under it: by the back button, or a saved view.
  if (value !== known) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    const next = tidy(text);
    if (next === value) return undefined;
    const timer = setTimeout(() => {
      setKnown(next);
      onChange(next);
    }, 180);
    return () => clearTimeout(timer);
  }, [text, value, onChange, tidy]);
  return [text, setText] as const;
}

const asIs = (text: string): string => text;
const trimmed = (text: string): string => text.trim();

interface FilterProps {
  value: string;
  onChange: (value: string) => void;
  label: string;
}

/** A field to search in. */
export function SearchField({ value, onChange, label, placeholder = label }: FilterProps & { placeholder?: string }) {
  const [text, setText] = useRested(value, onChange, asIs);
  return (
    <div className="search" role="search">
      <Search aria-hidden />
      <input
        type="search"
        className="input"
        data-search
        aria-label={label}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}

/** A short text beside it that narrows the list exactly. */
export function TextFilter({ value, onChange, label }: FilterProps) {
  const [text, setText] = useRested(value, onChange, trimmed);
  return (
    <input
      className="input table-bar-text"
      aria-label={label}
      placeholder={label}
      autoComplete="off"
      spellCheck={false}
      maxLength={128}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
