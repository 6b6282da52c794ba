/** Small controls of this room and of webhooks, which shows secrets and snippets in the same way. */

import './keys.css';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Code, CopyButton, Secret } from '../../ui/display.tsx';
import type { Choice } from '../../ui/menu.tsx';
import { Note } from '../../ui/states.tsx';

const texts = messages('keys.parts', {
  stored: 'I have stored it',
  once: 'It is shown only now. Nobody can show it again: whoever loses it rotates it.',
  snippet: 'snippet',
  languages: 'Language',
});

/** One of two to five, all in view, side by side. */
export function Segments<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <div className="keys-segments" role="radiogroup" aria-label={label}>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input type="radio" name={name} className="hidden-visually" checked={choice.value === value} onChange={() => onChange(choice.value)} />
          <span>{choice.text}</span>
        </label>
      ))}
    </div>
  );
}

/** One of a few, each with a line on what it means. */
export function Radios<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: readonly (Choice<Value> & { hint?: ReactNode })[];
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className="keys-radios">
      <legend className="field-label">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className="keys-radio">
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

export interface Snippet {
  name: string;
  text: string;
}

/** Tabs that change what is below them, not the page. */
export function Tabs<Value extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
}) {
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

/** The same in several languages, with a button to copy it. */
export function Snippets({ snippets }: { snippets: readonly Snippet[] }) {
  const [name, setName] = useState(snippets[0]?.name ?? '');
  const shown = snippets.find((snippet) => snippet.name === name) ?? snippets[0];
  if (!shown) return null;
  return (
    <div className="keys-snippets">
      <div className="row" data-apart>
        <Tabs label={texts.languages} value={shown.name} choices={snippets.map((snippet) => ({ value: snippet.name, text: snippet.name }))} onChange={setName} />
        <CopyButton text={shown.text} what={texts.snippet} />
      </div>
      <Code text={shown.text} label={shown.name} />
    </div>
  );
}

/** A secret, this once. Only the word that it is stored closes it. */
export function SecretDialog({
  open,
  onClose,
  title,
  secret,
  what,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  secret: string;
  what: string;
  children?: ReactNode;
}) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      firm
      width="40rem"
      foot={
        <Button tone="primary" onClick={onClose}>
          {texts.stored}
        </Button>
      }
    >
      <div className="dialog-body">
        <Secret text={secret} what={what} />
        <Note tone="warn">{texts.once}</Note>
        {children}
      </div>
    </Dialog>
  );
}
