import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { EnvironmentField } from '../projects/environment.tsx';
import { NewPasswordField, passwordProblem } from './password-field.tsx';

const texts = messages('setup-form', {
  you: 'You',
  name: 'Your name',
  email: 'E-mail address',
  emailHint: 'You sign in with it. Carcosa writes to it only about your account.',
  password: 'Password',
  project: 'Your first project',
  projectName: 'Name of the project',
  projectHint: 'The application you build, such as “Card Vault”. You can rename it later; the short name in its addresses stays.',
  begin: 'Set up and go to the project',
  needed: 'Needed.',
});

export interface SetupValues {
  name: string;
  email: string;
  password: string;
  project_name: string;
  environment: Schemas['Environment'];
}

const nothing: SetupValues = { name: '', email: '', password: '', project_name: '', environment: 'live' };

export function SetupForm({ begin }: { begin: (values: SetupValues) => Promise<unknown> }) {
  const form = useForm<SetupValues>({
    initial: nothing,
    send: begin,
    check: (values) => ({
      '/email': values.email.trim() === '' ? texts.needed : undefined,
      '/password': passwordProblem(values.password, values.email),
      '/project_name': values.project_name.trim() === '' ? texts.needed : undefined,
    }),
  });
  const { values, set } = form;
  return (
    <Form form={form} action={texts.begin} always>
      <h2>{texts.you}</h2>
      <TextField
        label={texts.name}
        pointer="/name"
        optional
        autoComplete="name"
        autoFocus
        maxLength={200}
        value={values.name}
        onChange={(value) => set('name', value)}
      />
      <TextField
        label={texts.email}
        pointer="/email"
        hint={texts.emailHint}
        type="email"
        autoComplete="username"
        required
        value={values.email}
        onChange={(value) => set('email', value)}
      />
      <NewPasswordField
        label={texts.password}
        pointer="/password"
        email={values.email}
        value={values.password}
        onChange={(value) => set('password', value)}
      />
      <h2>{texts.project}</h2>
      <TextField
        label={texts.projectName}
        pointer="/project_name"
        hint={texts.projectHint}
        required
        maxLength={200}
        value={values.project_name}
        onChange={(value) => set('project_name', value)}
      />
      <EnvironmentField value={values.environment} onChange={(value) => set('environment', value)} />
    </Form>
  );
}
