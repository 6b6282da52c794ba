import { type Schemas, ok } from '@carcosa/client';
import { useNavigate } from '@tanstack/react-router';
import { useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { type Environment, EnvironmentField } from './environment.tsx';
import { slugFrom } from './slug.ts';

const texts = messages('project-create', {
  title: 'New project',
  note: 'One application, with customers, keys and settings of its own.',
  name: 'Name',
  slug: 'Short name',
  slugHint: (slug: string) => `Stands in addresses, such as /p/${slug}, and never changes.`,
  slugMade: 'your-name',
  made: 'made of the name',
  create: 'Create project',
  needed: 'Needed.',
});

interface Values {
  name: string;
  slug: string;
  environment: Environment;
}

export function CreateProject({ close }: { close: () => void }) {
  const { api } = useScope();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const form = useForm<Values>({
    initial: { name: '', slug: '', environment: 'live' },
    check: ({ name }) => ({ '/name': name.trim() === '' ? texts.needed : undefined }),
    send: async ({ name, slug, environment }, key) => {
      const body: Schemas['CreateProject'] = { name: name.trim(), environment, ...(slug === '' ? {} : { slug }) };
      const project = await ok(api.POST('/v1/projects', { body, headers: { 'Idempotency-Key': key } }));
      // Its page looks for it among those that are known.
      await refresh('projects');
      await navigate({ to: projectPaths(project.slug).overview() });
    },
  });
  const { values, set } = form;
  const suggested = slugFrom(values.name);
  return (
    <Dialog open onClose={close} title={texts.title} note={texts.note} dirty={form.dirty}>
      <Form form={form} action={texts.create} onCancel={close} inDialog always>
        <TextField
          label={texts.name}
          pointer="/name"
          autoFocus
          maxLength={200}
          value={values.name}
          onChange={(value) => set('name', value)}
        />
        <TextField
          label={texts.slug}
          pointer="/slug"
          hint={texts.slugHint(values.slug || suggested || texts.slugMade)}
          optional
          mono
          maxLength={63}
          placeholder={suggested || texts.made}
          value={values.slug}
          onChange={(value) => set('slug', value.toLowerCase())}
        />
        <EnvironmentField value={values.environment} onChange={(value) => set('environment', value)} />
      </Form>
    </Dialog>
  );
}
