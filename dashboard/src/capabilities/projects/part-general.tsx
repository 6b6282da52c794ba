import { messages } from '../../i18n/messages.ts';
import { Id, Time } from '../../ui/display.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Card, Facts } from '../../ui/page.tsx';
import { EnvironmentBadge, environmentHint } from './environment.tsx';
import { PartCard, type PartProps, usePart } from './part.tsx';

const texts = messages('settings-general', {
  title: 'Name',
  name: 'Display name',
  nameHint: 'For your team. Customers never see it.',
  needed: 'Needed.',
  identity: 'Identity',
  identityNote: 'Fixed since the project was made: programs, keys and addresses rely on it.',
  slug: 'Short name',
  id: 'Id',
  environment: 'Environment',
  created: 'Created',
  changed: 'Last changed',
  slugWhat: 'short name',
});

export function General({ stored }: PartProps) {
  const merge = usePart({
    stored,
    read: ({ name }) => ({ name }),
    patch: (values, before) => (values.name === before.name ? {} : { name: values.name.trim() }),
    check: ({ name }) => ({ '/name': name.trim() === '' ? texts.needed : undefined }),
  });
  return (
    <>
      <PartCard title={texts.title} merge={merge} names={{ name: texts.name }}>
        <TextField
          label={texts.name}
          pointer="/name"
          hint={texts.nameHint}
          maxLength={200}
          value={merge.form.values.name}
          onChange={(name) => merge.form.set('name', name)}
        />
      </PartCard>
      <div className="settings-card">
        <Card title={texts.identity} note={texts.identityNote}>
          <Facts
            facts={[
              [texts.slug, <Id key="slug" id={stored.slug} what={texts.slugWhat} />],
              [texts.id, <Id key="id" id={stored.id} />],
              [
                texts.environment,
                <span key="environment" className="row">
                  <EnvironmentBadge environment={stored.environment} />
                  <span className="dim small">{environmentHint(stored.environment)}</span>
                </span>,
              ],
              [texts.created, <Time key="created" at={stored.created_at} exact />],
              [texts.changed, <Time key="changed" at={stored.updated_at} />],
            ]}
          />
        </Card>
      </div>
    </>
  );
}
