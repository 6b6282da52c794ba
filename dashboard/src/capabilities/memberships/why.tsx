/** What can this person do here, and why: one permission, and the answer in words. */

import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../../ui/link.tsx';
import { Field } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { PermissionPicker } from '../access/pickers.tsx';
import { type Question, Verdict, useDecision } from '../access/verdict.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import type { Membership } from './parts.tsx';

const texts = messages('member-why', {
  title: 'What can this person do, and why?',
  note: 'All of their memberships are considered, not this one alone.',
  permission: 'Permission',
  more: 'Ask with a second factor, an address or another organization',
});

export function Why({ membership }: { membership: Membership }) {
  const { tenant, to } = useTenant();
  const [{ permission }, set] = useSearch({ permission: '' });
  const organization = membership.organization_id ?? undefined;
  const question: Question | undefined =
    permission === ''
      ? undefined
      : { user: membership.user.id, tenant: tenant.id, permission, ...(organization ? { organization_id: organization } : {}) };
  const decision = useDecision(question);
  return (
    <Card title={texts.title} note={texts.note}>
      <div className="stack">
        <Field label={texts.permission} pointer="/permission">
          {(control) => (
            <PermissionPicker control={control} value={permission} onChange={(next) => set({ permission: next }, { replace: true })} />
          )}
        </Field>
        {question ? <Loaded query={decision}>{(found) => <Verdict decision={found} permission={permission} />}</Loaded> : null}
        <AppLink href={to.access({ user: membership.user.id, tenant: tenant.id, organization, permission: permission || undefined })}>
          {texts.more}
        </AppLink>
      </div>
    </Card>
  );
}
