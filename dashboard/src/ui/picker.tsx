/** Choosing out of many by typing: one, or several. The server searches. */

import { Combobox } from '@base-ui/react/combobox';
import { Check, X } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { messages } from '../i18n/messages.ts';
import type { ControlProps } from './form.tsx';

const texts = messages('picker', {
  none: 'Nothing found',
  searching: 'Searching…',
  remove: (what: string) => `Remove ${what}`,
});

export interface Option {
  value: string;
  text: string;
  note?: string;
}

/** One out of many. `find` is told what is typed; the answer comes as `options`. */
export function Picker({
  control,
  value,
  onChange,
  options,
  find,
  searching,
  placeholder,
  autoFocus,
}: {
  control: ControlProps;
  value: Option | null;
  onChange: (value: Option | null) => void;
  options: readonly Option[];
  find: (text: string) => void;
  searching?: boolean;
  placeholder?: string;
  autoFocus?: boolean | undefined;
}) {
  return (
    <Combobox.Root<Option>
      items={options}
      filter={null}
      value={value}
      onValueChange={(next) => onChange(next)}
      onInputValueChange={(text) => find(text)}
      itemToStringLabel={(option) => option.text}
      isItemEqualToValue={(a, b) => a.value === b.value}
      disabled={control.disabled}
    >
      <Combobox.Input
        id={control.id}
        className="input"
        aria-invalid={control['aria-invalid']}
        aria-describedby={control['aria-describedby']}
        placeholder={placeholder}
        autoFocus={autoFocus}
      />
      <Options searching={searching ?? false} />
    </Combobox.Root>
  );
}

function Options({ searching }: { searching: boolean }) {
  return (
    <Combobox.Portal>
      <Combobox.Positioner className="positioner" sideOffset={4} align="start">
        <Combobox.Popup className="popup" data-wide>
          <Combobox.Empty className="state-text small">{searching ? texts.searching : texts.none}</Combobox.Empty>
          <Combobox.List>
            {(option: Option) => (
              <Combobox.Item key={option.value} value={option} className="option">
                <span className="option-check">
                  <Combobox.ItemIndicator>
                    <Check aria-hidden />
                  </Combobox.ItemIndicator>
                </span>
                <span className="clip">{option.text}</span>
                {option.note ? <span className="option-note">{option.note}</span> : null}
              </Combobox.Item>
            )}
          </Combobox.List>
        </Combobox.Popup>
      </Combobox.Positioner>
    </Combobox.Portal>
  );
}

/** Several texts, typed one after another: addresses, words. */
export function Tokens({
  control,
  values,
  onChange,
  placeholder,
  suffix,
}: {
  control: ControlProps;
  values: readonly string[];
  onChange: (values: string[]) => void;
  placeholder?: string;
  suffix?: ReactNode;
}) {
  const [text, setText] = useState('');
  const add = () => {
    const found = text.split(/[\s,;]+/).filter((word) => word !== '' && !values.includes(word));
    if (found.length > 0) onChange([...values, ...found]);
    setText('');
  };
  return (
    <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
      {values.length > 0 ? (
        <ul className="row">
          {values.map((value) => (
            <li key={value} className="badge">
              <span className="clip mono">{value}</span>
              <button
                type="button"
                className="token-remove"
                aria-label={texts.remove(value)}
                onClick={() => onChange(values.filter((other) => other !== value))}
              >
                <X aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <input
        {...control}
        className="input"
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={add}
        onKeyDown={(event) => {
          if (event.key === 'Enter' || event.key === ',') {
            if (text.trim() === '') return;
            event.preventDefault();
            add();
          } else if (event.key === 'Backspace' && text === '' && values.length > 0) onChange(values.slice(0, -1));
        }}
      />
      {suffix}
    </div>
  );
}
