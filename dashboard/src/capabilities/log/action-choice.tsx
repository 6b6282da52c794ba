/** Several actions out of all there are, or all of a noun. */

import { useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Checkbox } from '../../ui/fields.tsx';
import { actionsOf, toggled } from './filters.ts';
import { knownActions } from './sentences.ts';

const texts = messages('log-actions', {
  find: 'Find an action',
  all: 'everything',
  none: 'No action is called that.',
});

/** The API takes this many at a time. */
const MOST = 20;

export function ActionChoice({
  place,
  value,
  onChange,
}: {
  place: 'project' | 'installation';
  value: string;
  onChange: (value: string) => void;
}) {
  const [find, setFind] = useState('');
  const chosen = actionsOf(value);
  const full = chosen.length >= MOST;
  const groups = knownActions(place)
    .map((group) => ({ ...group, actions: group.actions.filter((action) => spoken(action).includes(spoken(find))) }))
    .filter((group) => group.actions.length > 0);
  const box = (action: string, label: string, covered: boolean) => {
    const on = covered || chosen.includes(action);
    return (
      <Checkbox key={action} label={label} checked={on} disabled={covered || (full && !on)} onChange={() => onChange(toggled(value, action))} />
    );
  };
  return (
    <div className="log-actions">
      <input
        className="input"
        type="search"
        aria-label={texts.find}
        placeholder={texts.find}
        value={find}
        onChange={(event) => setFind(event.target.value)}
      />
      <div className="log-actions-list">
        {groups.length === 0 ? <p className="dim small">{texts.none}</p> : null}
        {groups.map(({ noun, actions }) => {
          const whole = `${noun}.*`;
          const covered = chosen.includes(whole);
          return (
            <fieldset key={noun} className="log-actions-group">
              <legend>{noun.replaceAll('_', ' ')}</legend>
              {box(whole, texts.all, false)}
              {actions.map((action) => box(action, action.slice(noun.length + 1).replaceAll('_', ' '), covered))}
            </fieldset>
          );
        })}
      </div>
    </div>
  );
}

const spoken = (text: string): string => text.toLowerCase().replaceAll(/[._ ]+/g, ' ').trim();
