import { type Schemas, ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { lookUp, useSession } from '../../api/session.ts';
import { messages } from '../../i18n/messages.ts';
import { TextField } from '../../ui/fields.tsx';
import { Form } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';
import { Conflict, useMergeForm } from '../../ui/merge-form.tsx';
import { type Roles, RolesFields } from './grants.tsx';
import type { Operator } from './words.ts';

const texts = messages('operator-edit', {
  title: 'Name and roles',
  note: 'Roles count from the next request on; nobody has to sign in again.',
  name: 'Name',
  platform: 'In the whole installation',
  projects: 'In single projects',
  role: 'Without any role they can sign in and see nothing. To keep someone out, disable them.',
});

interface Values extends Roles {
  name: string;
}

const read = (operator: Operator): Values => ({
  name: operator.name ?? '',
  platform_role: operator.platform_role ?? '',
  project_roles: operator.project_roles,
});

/** What differs, as a merge patch. */
function patchOf(values: Values, over: Operator): Schemas['UpdateOperator'] {
  const before = read(over);
  return {
    ...(values.name === before.name ? {} : { name: values.name.trim() || null }),
    ...(values.platform_role === before.platform_role ? {} : { platform_role: values.platform_role || null }),
    ...(JSON.stringify(values.project_roles) === JSON.stringify(before.project_roles) ? {} : { project_roles: values.project_roles }),
  };
}

export function EditOperator({ operator }: { operator: Operator }) {
  const { api, root } = useScope();
  const client = useQueryClient();
  const refresh = useRefresh();
  const me = useSession().operator.id;
  const params = { path: { operator: operator.id } };
  const merge = useMergeForm<Operator, Values>({
    item: operator,
    read,
    reload: () => ok(api.GET('/v1/operators/{operator}', { params })),
    save: (values, over) =>
      ok(
        api.PATCH('/v1/operators/{operator}', {
          params,
          body: patchOf(values, over),
          headers: ifMatch(over.version),
        }),
      ),
    saved: (now) => {
      client.setQueryData([...root, 'operators', now.id], now);
      void refresh('operators', 'audit');
      // One's own name and permissions stand in the session.
      if (now.id === me) void lookUp();
    },
  });
  const { form } = merge;
  const nothing = form.values.platform_role === '' && form.values.project_roles.length === 0;
  return (
    <Card title={texts.title} note={texts.note}>
      <Form form={form}>
        <TextField
          label={texts.name}
          pointer="/name"
          optional
          maxLength={200}
          value={form.values.name}
          onChange={(value) => form.set('name', value)}
        />
        <RolesFields
          values={form.values}
          setPlatform={(role) => form.set('platform_role', role)}
          setProjects={(grants) => form.set('project_roles', grants)}
        />
        {nothing ? <p className="field-hint">{texts.role}</p> : null}
        <Conflict merge={merge} names={{ name: texts.name, platform_role: texts.platform, project_roles: texts.projects }} />
      </Form>
    </Card>
  );
}
