import { messages } from '../../i18n/messages.ts';
import { TextField } from '../../ui/fields.tsx';
import { PartCard, type PartProps, usePart } from './part.tsx';

const texts = messages('settings-keys', {
  title: 'API keys',
  note: 'How the text of a key begins, so that people and scanners of leaked secrets see whose it is.',
  prefix: 'Prefix',
  prefixHint: 'Keys that exist keep theirs and go on working.',
  prefixRule: '2 to 12 small letters and digits, beginning with a letter.',
  sample: 'A new key then looks like this:',
  parts: (prefix: string, environment: string) =>
    `“${prefix}” is the prefix, “${environment}” the environment of this project; the last six characters are a checksum, so a mistyped key is refused without a look.`,
});

/** No key: its checksum is wrong. */
const SAMPLE = '4vR0pB9sYQ2dL7mXcE1tZk8WnH5gJ3aUxxxxxx';

export function Keys({ stored }: PartProps) {
  const merge = usePart({
    stored,
    read: ({ settings }) => ({ prefix: settings.key_prefix }),
    patch: (values, before) => (values.prefix === before.prefix ? {} : { settings: { key_prefix: values.prefix } }),
    check: ({ prefix }) => ({ '/settings/key_prefix': /^[a-z][a-z0-9]{1,11}$/.test(prefix) ? undefined : texts.prefixRule }),
  });
  const { prefix } = merge.form.values;
  return (
    <PartCard title={texts.title} note={texts.note} merge={merge} names={{ prefix: texts.prefix }}>
      <div className="narrow-field">
        <TextField
          label={texts.prefix}
          pointer="/settings/key_prefix"
          mono
          maxLength={12}
          value={prefix}
          onChange={(value) => merge.form.set('prefix', value.toLowerCase().trim())}
        />
      </div>
      <p className="field-hint">{texts.prefixHint}</p>
      <div className="stack" style={{ '--gap': 'var(--space-1)' } as never}>
        <p className="field-label">{texts.sample}</p>
        <code className="key-sample">
          <mark>
            {prefix || '…'}_{stored.environment}_
          </mark>
          {SAMPLE}
        </code>
        <p className="field-hint">{texts.parts(prefix || '…', stored.environment)}</p>
      </div>
    </PartCard>
  );
}
