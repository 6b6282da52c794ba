/** Asks before a tenant's status changes, with what that does to whom. */

import { useState } from 'react';
import { ifMatch, useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import { TextAreaField } from '../../ui/fields.tsx';
import { Skeleton } from '../../ui/states.tsx';
import { consequences, nothingStops, restorableUntil } from './consequences.ts';
import { type Transition, allows } from './lifecycle.ts';
import { useDependents } from './reading.ts';
import type { Tenant } from './tenant.tsx';

const texts = messages('tenant-transition', {
  titles: {
    activate: (name: string) => `Activate ${name}?`,
    suspend: (name: string) => `Suspend ${name}?`,
    archive: (name: string) => `Archive ${name}?`,
    restore: (name: string) => `Restore ${name}?`,
    delete: (name: string) => `Delete ${name}?`,
  } satisfies Record<Transition, (name: string) => string>,
  buttons: {
    activate: 'Activate tenant',
    suspend: 'Suspend tenant',
    archive: 'Archive tenant',
    restore: 'Restore tenant',
    delete: 'Delete tenant',
  } satisfies Record<Transition, string>,
  general: {
    activate: 'Its members and keys work from now on.',
    suspend: 'It stops working until someone activates it again. Nothing is lost.',
    archive: 'It stops working and is kept for reference. It can be activated again.',
    restore: 'It gets back the status that it had before it was deleted.',
    delete: 'It stops working at once.',
  } satisfies Record<Transition, string>,
  said: {
    activate: (name: string) => `${name} is active`,
    suspend: (name: string) => `${name} is suspended`,
    archive: (name: string) => `${name} is archived`,
    restore: (name: string) => `${name} is restored`,
    delete: (name: string) => `${name} is deleted, restorable for now`,
  } satisfies Record<Transition, (name: string) => string>,
  reason: 'Reason',
  reasonHint: 'For the audit trail, and shown on the tenant’s page.',
});

interface Props {
  tenant: Tenant;
  transition: Transition;
  onClose: () => void;
}

function useStatusChange(done: () => void) {
  return useAction<{ tenant: Tenant; transition: Transition; reason: string; key: string }, Tenant>({
    run: (api, { tenant, transition, reason, key }) => {
      const path = { tenant: tenant.id };
      const body = reason.trim() === '' ? {} : { reason: reason.trim() };
      const match = ifMatch(tenant.version);
      if (transition === 'delete') return api.DELETE('/v1/tenants/{tenant}', { params: { path, query: body }, headers: match });
      return api.POST(`/v1/tenants/{tenant}/${transition}`, { params: { path }, body, headers: { ...match, 'Idempotency-Key': key } });
    },
    refresh: ['tenants', 'stats', 'audit', 'keys', 'members'],
    said: (_, { tenant, transition }) => texts.said[transition](tenant.name),
    failure: 'caller',
    done,
  });
}

export function TransitionDialog({ tenant, transition, onClose }: Props) {
  const { project } = useProject();
  const [reason, setReason] = useState('');
  const [key] = useState(() => crypto.randomUUID());
  const action = useStatusChange(onClose);
  const destroys = transition === 'delete';
  // Someone else, or the success of this very question, may have changed the status meanwhile.
  const possible = allows(tenant.status, transition) || action.isPending;
  return (
    <Ask
      open={possible}
      onClose={onClose}
      title={texts.titles[transition](tenant.name)}
      yes={texts.buttons[transition]}
      run={() => action.mutate({ tenant, transition, reason, key })}
      busy={action.isPending}
      error={action.error}
      word={destroys ? tenant.slug : undefined}
      harmless={transition === 'activate' || transition === 'restore'}
    >
      <p>{texts.general[transition]}</p>
      <Consequences tenant={tenant} transition={transition} />
      {destroys ? <p>{restorableUntil(project.settings.retention_days)}</p> : null}
      <TextAreaField
        label={texts.reason}
        pointer="/reason"
        hint={texts.reasonHint}
        optional
        rows={2}
        value={reason}
        onChange={(text) => setReason(text.slice(0, 500))}
      />
    </Ask>
  );
}

function Consequences({ tenant, transition }: Omit<Props, 'onClose'>) {
  const dependents = useDependents(tenant.id);
  if (dependents.isPending) return <Skeleton lines={2} />;
  // Without the numbers the words above still say what happens.
  if (!dependents.data) return null;
  const found = consequences(transition, dependents.data);
  if (found.length === 0) return transition === 'activate' || transition === 'restore' ? null : <p>{nothingStops()}</p>;
  return (
    <ul className="ten-bullets">
      {found.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}
