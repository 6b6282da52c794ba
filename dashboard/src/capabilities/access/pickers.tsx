/** Choosing a user, a tenant, a permission. The address has the id; what it is called is read. */

import { type ReactNode, useMemo, useState } from 'react';
import { useRead } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import type { ControlProps } from '../../ui/form.tsx';
import { type Option, Picker } from '../../ui/picker.tsx';
import { usePermissions } from '../roles/data.ts';
import { useOneTenant, useSettled, useTenantOptions } from '../tenants/reading.ts';

const texts = messages('access-pickers', {
  user: 'Name or e-mail address',
  tenant: 'Name or slug',
  permission: 'Such as key:create',
});

const SHOWN = 20;

interface Props {
  control: ControlProps;
  /** An id, or another name that the API takes; empty for none. */
  value: string;
  onChange: (value: string, option: Option | null) => void;
  autoFocus?: boolean;
}

const named = (name: string | null, email: string): string => name ?? email;

export function UserPicker({ control, value, onChange, autoFocus = false }: Props) {
  const [text, setText] = useState('');
  const q = useSettled(text.trim());
  const found = useRead(
    ['users', 'picker', q],
    (api, signal) => api.GET('/v1/users', { params: { query: { limit: SHOWN, ...(q === '' ? {} : { q }) } }, signal }),
    { keep: true, staleTime: 10_000 },
  );
  const chosen = useRead(['users', value], (api, signal) => api.GET('/v1/users/{user}', { params: { path: { user: value } }, signal }), {
    enabled: value.startsWith('usr_'),
  });
  const options = useMemo(
    () =>
      (found.data?.data ?? []).map((user): Option => ({
        value: user.id,
        text: named(user.name, user.email),
        ...(user.name ? { note: user.email } : {}),
      })),
    [found.data],
  );
  return (
    <ById
      {...{ control, value, onChange, autoFocus, options, find: setText, placeholder: texts.user }}
      name={chosen.data ? named(chosen.data.name, chosen.data.email) : undefined}
      waiting={chosen.isLoading}
      searching={found.isFetching || q !== text.trim()}
    />
  );
}

export function TenantPicker({ control, value, onChange }: Props) {
  const [text, setText] = useState('');
  // The field below knows what was chosen, and says nothing of it.
  const { options, searching } = useTenantOptions(text, null);
  const chosen = useOneTenant(value);
  return (
    <ById
      {...{ control, value, onChange, options, searching, find: setText, placeholder: texts.tenant }}
      name={chosen.data?.name}
      waiting={chosen.isLoading}
    />
  );
}

export function PermissionPicker({ control, value, onChange }: Props) {
  const [text, setText] = useState('');
  const permissions = usePermissions();
  const options = useMemo(() => {
    const wanted = text.trim().toLocaleLowerCase();
    return (permissions.data?.data ?? [])
      .filter((one) => `${one.name} ${one.description}`.toLocaleLowerCase().includes(wanted))
      .slice(0, 100)
      .map((one): Option => ({ value: one.name, text: one.name, note: one.description }));
  }, [permissions.data, text]);
  return (
    <ById
      {...{ control, value, onChange, options, find: setText, placeholder: texts.permission }}
      name={value || undefined}
      waiting={false}
      searching={permissions.isLoading}
    />
  );
}

/** A picker of which one knows the id; the name comes when it has been read. */
function ById({
  value,
  name,
  waiting,
  options,
  find,
  onChange,
  ...rest
}: Props & {
  name: string | undefined;
  waiting: boolean;
  options: readonly Option[];
  find: (text: string) => void;
  searching: boolean;
  placeholder: string;
}): ReactNode {
  const [last, setLast] = useState<Option | null>(null);
  // The same object while it is the same choice: another one would write its name over what is typed.
  const option = useMemo(() => (value === '' ? null : last?.value === value ? last : { value, text: name ?? value }), [value, last, name]);
  return (
    <Picker
      // A name that arrives later is no choice of the reader's: the field begins anew with it.
      key={waiting && last?.value !== value ? 'waiting' : 'ready'}
      {...rest}
      value={option}
      options={options}
      // What is chosen stands in the field: it is not what is searched for.
      find={(text) => find(text === option?.text ? '' : text)}
      onChange={(next) => {
        setLast(next);
        onChange(next?.value ?? '', next);
      }}
    />
  );
}
