/** What a user is made of, as forms have it and as requests say it. */

import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { TextField } from '../../ui/fields.tsx';
import type { FormState } from '../../ui/form.tsx';
import type { User } from './status.tsx';

const texts = messages('users-form', {
  email: 'E-mail address',
  emailHint: 'No other user of the project has it. Your application signs people in; Carcosa sends nothing to it.',
  name: 'Name',
  external: 'External id',
  externalHint: 'Your own id for them. API calls can name the user by it: ext:42.',
  noEmail: 'An e-mail address is needed.',
});

export interface UserValues {
  email: string;
  name: string;
  external: string;
}

export const userNames: Record<keyof UserValues, string> = texts;
export const blankUser: UserValues = { email: '', name: '', external: '' };
export const valuesOf = (user: User): UserValues => ({ email: user.email, name: user.name ?? '', external: user.external_id ?? '' });
export const checkUser = (values: UserValues) => ({ '/email': values.email.trim() === '' ? texts.noEmail : undefined });

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());

export function newUser(values: UserValues): Schemas['CreateUser'] {
  const name = orNull(values.name);
  const external = orNull(values.external);
  return { email: values.email.trim(), ...(name ? { name } : {}), ...(external ? { external_id: external } : {}) };
}

export function userPatch(user: User, values: UserValues): Schemas['UpdateUser'] {
  const before = valuesOf(user);
  return {
    ...(values.email === before.email ? {} : { email: values.email.trim() }),
    ...(values.name === before.name ? {} : { name: orNull(values.name) }),
    ...(values.external === before.external ? {} : { external_id: orNull(values.external) }),
  };
}

export function UserFields({ form }: { form: FormState<UserValues> }) {
  const { values, set } = form;
  return (
    <>
      <TextField
        label={texts.email}
        pointer="/email"
        type="email"
        autoFocus
        maxLength={254}
        hint={texts.emailHint}
        value={values.email}
        onChange={(email) => set('email', email)}
      />
      <TextField label={texts.name} pointer="/name" optional maxLength={200} value={values.name} onChange={(name) => set('name', name)} />
      <TextField
        label={texts.external}
        pointer="/external_id"
        optional
        mono
        maxLength={128}
        hint={texts.externalHint}
        value={values.external}
        onChange={(external) => set('external', external)}
      />
    </>
  );
}
