/** What the application keeps with a user. */

import { ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { refresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Json } from '../../ui/display.tsx';
import { Form } from '../../ui/form.tsx';
import { JsonField, type JsonObject, parseObject, writeObject } from '../../ui/json-field.tsx';
import { Card } from '../../ui/page.tsx';
import { useEdited } from '../roles/edited.ts';
import { Stale } from '../roles/stale.tsx';
import { mergePatch } from '../tenants/patch.ts';
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
  const { api, root } = useScope();
  const client = useQueryClient();
  const { form, stale, takeOver } = useEdited({
    thing: user,
    values: (thing: User) => ({ metadata: writeObject(thing.metadata as JsonObject) }),
    check: ({ metadata }) => {
      const parsed = parseObject(metadata);
      return { '/metadata': 'error' in parsed ? parsed.error : undefined };
    },
    send: async ({ metadata }, base) => {
      const parsed = parseObject(metadata);
      const patch = 'value' in parsed ? mergePatch(base.metadata as JsonObject, parsed.value) : undefined;
      if (!patch) return;
      try {
        await ok(
          api.PATCH('/v1/users/{user}', {
            params: { path: { user: base.id } },
            body: { metadata: patch },
            headers: { 'If-Match': `"${base.version}"` },
          }),
        );
      } finally {
        // After a refusal too: whoever was slower sees what the other saved.
        await refresh(client, root, ['users']);
      }
    },
  });
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
      {stale ? <Stale takeOver={takeOver} /> : null}
    </Form>
  );
}
