import { messages } from '../../i18n/messages.ts';
import { TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form } from '../../ui/form.tsx';
import { Conflict } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import type { Role } from './data.ts';
import { useRolePart } from './part.ts';

const texts = messages('role-profile', {
  title: 'Name and description',
  name: 'Name',
  description: 'Description',
  needName: 'A name is needed.',
});

const valuesOf = (role: Role) => ({ name: role.name, description: role.description ?? '' });

export function ProfileCard({ role }: { role: Role }) {
  const merge = useRolePart({
    role,
    read: valuesOf,
    check: ({ name }) => ({ '/name': name.trim() === '' ? texts.needName : undefined }),
    patch: ({ name, description }, over) => ({
      ...(name === over.name ? {} : { name: name.trim() }),
      ...(description === (over.description ?? '') ? {} : { description: description.trim() || null }),
    }),
  });
  const { form } = merge;
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
        <Conflict merge={merge} names={{ name: texts.name, description: texts.description }} />
      </Form>
    </Card>
  );
}
