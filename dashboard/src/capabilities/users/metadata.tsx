/** What the application keeps with a user. */

import { mergePatch } from '../../api/merge-patch.ts';
import { useScope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Json } from '../../ui/display.tsx';
import { Form } from '../../ui/form.tsx';
import { JsonField, type JsonObject, parseObject, writeObject } from '../../ui/json-field.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import { useUserChange } from './change.ts';
import type { User } from './status.tsx';

const texts = messages('user-metadata', {
  title: 'Metadata',
  label: 'JSON object',
  note: 'Anything your application wants to keep with the user, as JSON of at most 4 KiB.',
  none: 'None.',
});

export function Metadata({ user }: { user: User }) {
  const { can } = useScope();
  return (
    <Card title={texts.title} note={texts.note}>
      {can('user:update') ? (
        <Editor user={user} />
      ) : Object.keys(user.metadata).length > 0 ? (
        <Json value={user.metadata} label={texts.title} />
      ) : (
        <p className="dim">{texts.none}</p>
      )}
    </Card>
  );
}

function Editor({ user }: { user: User }) {
  const { save, reload } = useUserChange(user.id);
  const merge = useMergeForm<User, { metadata: string }>({
    item: user,
    read: ({ metadata }) => ({ metadata: writeObject(metadata as JsonObject) }),
    check: ({ metadata }) => {
      const parsed = parseObject(metadata);
      return { '/metadata': 'error' in parsed ? parsed.error : undefined };
    },
    reload,
    save: async ({ metadata }, over) => {
      const parsed = parseObject(metadata);
      const patch = 'value' in parsed ? mergePatch(over.metadata as JsonObject, parsed.value) : undefined;
      return patch ? save(over, { metadata: patch }) : over;
    },
  });
  const { form } = merge;
  return (
    <Form form={form}>
      <JsonField
        label={texts.label}
        pointer="/metadata"
        rows={Math.min(14, Math.max(4, form.values.metadata.split('\n').length + 1))}
        placeholder={'{ "locale": "fi" }'}
        value={form.values.metadata}
        onChange={(metadata) => form.set('metadata', metadata)}
      />
      <Conflict merge={merge} names={{ metadata: texts.title }} />
    </Form>
  );
}
