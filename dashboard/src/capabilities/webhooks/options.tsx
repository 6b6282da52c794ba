/** Fields of how an endpoint is sent to, in the dialog that creates it and in the one that changes it. */

import { Plus, X } from 'lucide-react';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CountField } from '../../ui/count-field.tsx';
import { Checkbox } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';

const texts = messages('webhooks.options', {
  headers: 'Headers to send along',
  headersHint: 'For a gateway in front of your application. Values are kept sealed and never shown again.',
  name: 'Header',
  value: 'Value',
  add: 'Add a header',
  remove: (name: string) => `Remove ${name}`,
  rate: 'Most deliveries in a second',
  rateHint: 'Empty for any number. What is over waits.',
  ordered: 'Strict order',
  orderedHint: 'A delivery waits until all before it have succeeded or were given up: one failure holds up the rest, for up to three days.',
});

export interface Header {
  name: string;
  value: string;
}

export interface OptionValues {
  headers: Header[];
  rate: string;
  ordered: boolean;
}

export const headersToSend = (headers: readonly Header[]): Record<string, string> =>
  Object.fromEntries(headers.filter((header) => header.name.trim() !== '').map((header) => [header.name.trim(), header.value]));

export function HeadersField({ headers, onChange, hint = texts.headersHint }: { headers: readonly Header[]; onChange: (headers: Header[]) => void; hint?: string }) {
  const change = (index: number, header: Partial<Header>) => onChange(headers.map((one, place) => (place === index ? { ...one, ...header } : one)));
  return (
    <Field label={texts.headers} pointer="/headers" hint={hint}>
      {(control) => (
        <div id={control.id} className="stack webhooks-headers" role="group" aria-labelledby={`${control.id}-label`}>
          {headers.map((header, index) => (
            <div key={index} className="webhooks-header">
              <input
                className="input"
                data-mono
                aria-label={texts.name}
                placeholder="x-gateway-key"
                autoComplete="off"
                spellCheck={false}
                value={header.name}
                onChange={(event) => change(index, { name: event.target.value })}
              />
              <input
                className="input"
                data-mono
                aria-label={texts.value}
                placeholder={texts.value}
                autoComplete="off"
                spellCheck={false}
                maxLength={1024}
                value={header.value}
                onChange={(event) => change(index, { value: event.target.value })}
              />
              <Button
                tone="quiet"
                square
                aria-label={texts.remove(header.name || texts.name)}
                onClick={() => onChange(headers.filter((_, place) => place !== index))}
              >
                <X aria-hidden />
              </Button>
            </div>
          ))}
          {headers.length < 20 ? (
            <div>
              <Button size="sm" icon={<Plus aria-hidden />} onClick={() => onChange([...headers, { name: '', value: '' }])}>
                {texts.add}
              </Button>
            </div>
          ) : null}
        </div>
      )}
    </Field>
  );
}

export function RateField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <CountField
      label={texts.rate}
      pointer="/rate_limit"
      optional
      hint={texts.rateHint}
      value={value}
      onChange={onChange}
    />
  );
}

export function OrderField({ value, onChange }: { value: boolean; onChange: (value: boolean) => void }) {
  return (
    <Checkbox
      checked={value}
      onChange={onChange}
      label={
        <>
          <span className="strong">{texts.ordered}</span>
          <br />
          <span className="field-hint">{texts.orderedHint}</span>
        </>
      }
    />
  );
}
