/** Says above all pages of a tenant that is not in use why, since when, and what that means. */

import { useScope } from '../../api/scope.tsx';
import { useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Time } from '../../ui/display.tsx';
import { Note } from '../../ui/states.tsx';
import { type Status, type Transition, permissionFor, since } from './lifecycle.ts';
import type { Tenant } from './tenant.tsx';
import { TransitionDialog } from './transition-dialog.tsx';

const texts = messages('tenant-banner', {
  states: {
    pending: 'Not in use yet: its members and keys are refused until it is activated. Created',
    suspended: 'Suspended: its members and keys are refused. Since',
    archived: 'Archived: kept for reference, its members and keys are refused. Since',
    deleted: 'Deleted: nothing of it can be used or changed. Since',
  } satisfies Record<Exclude<Status, 'active'>, string>,
  reason: (reason: string) => `Reason: ${reason}`,
  purge: 'It is erased for good',
  wayBack: { activate: 'Activate', restore: 'Restore' },
});

export function StatusBanner({ tenant }: { tenant: Tenant }) {
  const { can } = useScope();
  const [asked, setAsked] = useState<Transition>();
  if (tenant.status === 'active') return null;
  const wayBack = tenant.status === 'deleted' ? 'restore' : 'activate';
  return (
    <>
      <Note tone={tenant.status === 'pending' ? 'info' : tenant.status === 'deleted' ? 'bad' : 'warn'}>
        <div className="row" data-apart>
          <div className="grow">
            <p>
              {texts.states[tenant.status]} <Time at={since(tenant)} />.
              {tenant.purge_at ? (
                <>
                  {' '}
                  {texts.purge} <Time at={tenant.purge_at} />.
                </>
              ) : null}
            </p>
            {tenant.status_reason ? <p className="dim">{texts.reason(tenant.status_reason)}</p> : null}
          </div>
          {can(permissionFor(wayBack)) ? (
            <Button size="sm" onClick={() => setAsked(wayBack)}>
              {texts.wayBack[wayBack]}
            </Button>
          ) : null}
        </div>
      </Note>
      {asked ? <TransitionDialog tenant={tenant} transition={asked} onClose={() => setAsked(undefined)} /> : null}
    </>
  );
}
