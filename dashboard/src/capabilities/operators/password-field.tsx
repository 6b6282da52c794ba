/** A new password: what the server asks of it is ticked off while it is typed. */

import { Check, Circle, Eye, EyeOff } from 'lucide-react';
import { useId, useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/form.tsx';
import './operators.css';

const texts = messages('password-field', {
  show: 'Show password',
  hide: 'Hide password',
  length: '12 characters or more',
  different: '5 different characters or more',
  email: 'without the e-mail address',
  met: 'done',
  unmet: 'not yet',
  wrong: 'Not all of this is met yet.',
});

const MIN_CHARS = 12;
const MAX_CHARS = 256;
const MIN_DIFFERENT = 5;
/** A part of the e-mail address this long must not stand in the password. */
const TELLING_CHARS = 6;

/** What the server asks of a password, but for its list of the commonest. `email` is unknown where a link says who it is. */
export function passwordRules(password: string, email?: string): { text: string; met: boolean }[] {
  const characters = Array.from(password.normalize('NFKC').toLowerCase());
  const address = (email ?? '').trim().toLowerCase();
  const telling = [address, address.split('@')[0] ?? ''].filter((part) => Array.from(part).length >= TELLING_CHARS);
  const rules = [
    { text: texts.length, met: characters.length >= MIN_CHARS },
    { text: texts.different, met: new Set(characters).size >= MIN_DIFFERENT },
  ];
  if (email === undefined) return rules;
  const text = characters.join('');
  return [...rules, { text: texts.email, met: text !== '' && !telling.some((part) => text.includes(part)) }];
}

/** For `check` of a form: what is wrong with a password, without asking the server. */
export const passwordProblem = (password: string, email?: string): string | undefined =>
  passwordRules(password, email).every((rule) => rule.met) ? undefined : texts.wrong;

export function NewPasswordField({
  label,
  pointer,
  value,
  onChange,
  email,
  autoFocus,
}: {
  label: string;
  pointer: string;
  value: string;
  onChange: (value: string) => void;
  email?: string;
  autoFocus?: boolean;
}) {
  const [shown, setShown] = useState(false);
  const rules = useId();
  return (
    <Field label={label} pointer={pointer}>
      {(control) => (
        <>
          <div className="password">
            <input
              {...control}
              className="input"
              type={shown ? 'text' : 'password'}
              autoComplete="new-password"
              autoFocus={autoFocus}
              spellCheck={false}
              required
              maxLength={MAX_CHARS}
              aria-describedby={[control['aria-describedby'], rules].filter(Boolean).join(' ')}
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
            <Button tone="quiet" size="sm" square aria-label={shown ? texts.hide : texts.show} onClick={() => setShown(!shown)}>
              {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
            </Button>
          </div>
          <ul className="password-rules" id={rules}>
            {passwordRules(value, email).map((rule) => (
              <li key={rule.text} data-met={rule.met || undefined}>
                {rule.met ? <Check aria-hidden /> : <Circle aria-hidden />}
                {rule.text}
                <span className="hidden-visually">{rule.met ? texts.met : texts.unmet}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Field>
  );
}
