/** JSON in a form: checked while it is typed, and against a schema where there is one. */

import { useEffect, useState } from 'react';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { Field } from './form.tsx';

const texts = messages('json', {
  format: 'Format',
  invalid: (detail: string) => `This is no JSON: ${detail}`,
  object: 'This must be an object: { … }',
});

export type JsonObject = Record<string, unknown>;

/** What a text says, or why it says nothing. Empty says an empty object. */
export function parseObject(text: string): { value: JsonObject } | { error: string } {
  if (text.trim() === '') return { value: {} };
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return { error: texts.object };
    return { value: value as JsonObject };
  } catch (error) {
    return { error: texts.invalid(error instanceof Error ? error.message : String(error)) };
  }
}

/** How an object is written in the field. */
export const writeObject = (value: JsonObject | null | undefined): string =>
  value && Object.keys(value).length > 0 ? JSON.stringify(value, undefined, 2) : '';

/** What a schema says against a value. The validator is fetched when it is first needed. */
export async function violations(schema: JsonObject, value: JsonObject): Promise<string[]> {
  const { Validator } = await import('@cfworker/json-schema');
  const found = new Validator(schema, '2020-12', false).validate(value);
  // The outermost only repeats that something inside is wrong.
  return found.errors.filter((one) => one.keyword !== 'properties').map((one) => `${one.instanceLocation.replace(/^#/, '') || '/'}: ${one.error}`);
}

/** What the schema says against what was typed, once the hand rests. */
function useViolations(schema: JsonObject | null | undefined, text: string): string[] {
  const [found, setFound] = useState<{ text: string; violations: string[] }>({ text: '', violations: [] });
  useEffect(() => {
    const read = parseObject(text);
    if (!schema || 'error' in read) return undefined;
    let current = true;
    const check = () =>
      violations(schema, read.value).then(
        (list) => current && setFound({ text, violations: list }),
        // A schema that the browser cannot read is the server's to judge.
        () => undefined,
      );
    const timer = setTimeout(() => void check(), 250);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [schema, text]);
  return found.text === text ? found.violations : [];
}

export function JsonField({
  label,
  pointer,
  hint,
  value,
  onChange,
  schema,
  rows = 8,
  placeholder,
}: {
  label: string;
  pointer: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  schema?: JsonObject | null | undefined;
  rows?: number;
  placeholder?: string;
}) {
  const parsed = parseObject(value);
  const against = useViolations(schema, value);
  const wrong = 'error' in parsed ? [parsed.error] : against;
  return (
    <Field
      label={label}
      pointer={pointer}
      hint={<Hint text={hint} parsed={value.trim() === '' ? undefined : parsed} onChange={onChange} />}
    >
      {(control) => (
        <>
          <textarea
            className="input"
            data-mono
            spellCheck={false}
            rows={rows}
            placeholder={placeholder}
            {...control}
            aria-invalid={wrong.length > 0 || control['aria-invalid'] || undefined}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
          <Wrong texts={wrong} />
        </>
      )}
    </Field>
  );
}

/** What it is for, and a button that lays it out. */
function Hint({ text, parsed, onChange }: { text: string | undefined; parsed: ReturnType<typeof parseObject> | undefined; onChange: (value: string) => void }) {
  const value = parsed && 'value' in parsed ? parsed.value : undefined;
  return (
    <span className="row" data-apart>
      <span>{text}</span>
      <Button size="sm" tone="quiet" disabled={value === undefined} onClick={() => onChange(JSON.stringify(value, undefined, 2))}>
        {texts.format}
      </Button>
    </span>
  );
}

function Wrong({ texts: found }: { texts: readonly string[] }) {
  if (found.length === 0) return null;
  return (
    <ul className="field-error" role="status">
      {found.slice(0, 5).map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
