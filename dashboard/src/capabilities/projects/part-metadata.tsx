import { useState } from 'react';
import { bytes } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { JsonField, parseObject, writeObject } from '../../ui/json-field.tsx';
import { CheckTenants } from './check-tenants.tsx';
import { PartCard, type PartProps, usePart } from './part.tsx';
import { TrySchema } from './try-schema.tsx';

const texts = messages('settings-metadata', {
  title: 'Metadata of tenants',
  note: 'Each tenant has an object of your own, such as its CRM number. With a JSON Schema (draft 2020-12) Carcosa refuses what does not fit it.',
  schema: 'JSON Schema',
  empty: 'Empty: any object is taken.',
  schemaHint: (size: string) => `${size} of at most 65.5 kB.`,
  starter: 'Begin with an example',
  remove: 'Remove the schema',
  when: 'It applies when a tenant is next created or its metadata changes. What tenants have already stays, even if it does not fit.',
});

const STARTER = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    crm_id: { type: 'string', pattern: '^[A-Z]{2}[0-9]{6}$', description: 'Number in the CRM' },
    seats: { type: 'integer', minimum: 1 },
    segment: { enum: ['small', 'medium', 'large'] },
  },
  required: ['crm_id'],
  additionalProperties: false,
};

interface Values {
  schema: string;
}

/** The schema that a text says; nothing when it says none. */
const schemaOf = (text: string) => {
  const read = parseObject(text);
  return text.trim() === '' || 'error' in read ? null : read.value;
};

export function Metadata({ stored }: PartProps) {
  const merge = usePart<Values>({
    stored,
    read: ({ settings }) => ({ schema: settings.metadata_schema === null ? '' : JSON.stringify(settings.metadata_schema, undefined, 2) }),
    patch: (values) => ({ settings: { metadata_schema: schemaOf(values.schema) } }),
    check: ({ schema }) => {
      const read = parseObject(schema);
      return { '/settings/metadata_schema': 'error' in read ? read.error : undefined };
    },
  });
  const [sample, setSample] = useState('');
  const { schema: text } = merge.form.values;
  const schema = schemaOf(text);
  const size = schema ? new TextEncoder().encode(JSON.stringify(schema)).length : 0;
  return (
    <>
      <PartCard title={texts.title} note={texts.note} merge={merge} names={{ schema: texts.schema }}>
        <JsonField
          label={texts.schema}
          pointer="/settings/metadata_schema"
          hint={schema ? texts.schemaHint(bytes(size)) : texts.empty}
          rows={text === '' ? 5 : 18}
          value={text}
          onChange={(value) => merge.form.set('schema', value)}
        />
        <p className="field-hint">{texts.when}</p>
        <div className="row">
          {text.trim() === '' ? (
            <Button size="sm" onClick={() => merge.form.set('schema', writeObject(STARTER))}>
              {texts.starter}
            </Button>
          ) : (
            <Button size="sm" onClick={() => merge.form.set('schema', '')}>
              {texts.remove}
            </Button>
          )}
        </div>
      </PartCard>
      {schema ? <TrySchema schema={schema} sample={sample} change={setSample} /> : null}
      {schema ? <CheckTenants schema={schema} use={setSample} /> : null}
    </>
  );
}
