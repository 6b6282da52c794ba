import { messages } from '../../i18n/messages.ts';
import { TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';
import type { Role } from './data.ts';
import { useEdited } from './edited.ts';
import { Stale } from './stale.tsx';
import { useUpdateRole } from './update.ts';

const texts = messages('role-profile', {
  title: 'Name and description',
  name: 'Name',
  description: 'Description',
  needName: 'A name is needed.',
});

const valuesOf = (role: Role) => ({ name: role.name, description: role.description ?? '' });

export function ProfileCard({ role }: { role: Role }) {
  const update = useUpdateRole();
  const { form, stale, takeOver } = useEdited({
    thing: role,
    values: valuesOf,
    check: ({ name }) => ({ '/name': name.trim() === '' ? texts.needName : undefined }),
    send: ({ name, description }, base) =>
      update(base, {
        ...(name === base.name ? {} : { name: name.trim() }),
        ...(description === (base.description ?? '') ? {} : { description: description.trim() || null }),
      }),
  });
  const { values, set } = form;
  return (
    <Card title={texts.title}>
      <Form form={form}>
        <TextField label={texts.name} pointer="/name" maxLength={200} value={values.name} onChange={(name) => set('name', name)} />
        <TextAreaField
          label={texts.description}
          pointer="/description"
          optional
          value={values.description}
          onChange={(description) => set('description', description)}
        />
        {stale ? <Stale takeOver={takeOver} /> : null}
      </Form>
    </Card>
  );
}
