/** Everything of a tenant that can be edited, and what cannot be taken back easily. */

import { useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/page.tsx';
import { Note } from '../../ui/states.tsx';
import { type Transition, offered, permissionFor } from './lifecycle.ts';
import { SettingsForm } from './settings-form.tsx';
import { useTenant } from './tenant.tsx';
import { TransitionDialog } from './transition-dialog.tsx';
import { transitionIcons, transitionText } from './transition-menu.tsx';

const texts = messages('tenant-settings', {
  readOnly: 'You may look at this tenant, not change it.',
  deleted: 'A deleted tenant cannot be changed. Restore it first.',
  danger: 'Danger zone',
  hints: {
    activate: 'Its members and keys work again.',
    restore: 'It comes back with all it had.',
    suspend: 'Members and keys are refused until you activate it again. Nothing is lost.',
    archive: 'Put away for good, but kept for reference. It can be activated again.',
    delete: 'It stops at once and is erased for good after the project’s retention time.',
  } satisfies Record<Transition, string>,
});

export function TenantSettings() {
  const { tenant } = useTenant();
  const { can } = useProject();
  const deleted = tenant.status === 'deleted';
  return (
    <>
      {deleted ? <Note tone="warn">{texts.deleted}</Note> : can('tenant:update') ? <SettingsForm /> : <Note>{texts.readOnly}</Note>}
      <Danger />
    </>
  );
}

function Danger() {
  const { tenant } = useTenant();
  const { can } = useProject();
  const [asked, setAsked] = useState<Transition>();
  const possible = offered(tenant.status).filter((one) => can(permissionFor(one)));
  if (possible.length === 0) return null;
  return (
    <Card title={texts.danger} tone="danger">
      <div className="stack">
      {possible.map((transition) => (
        <div key={transition} className="ten-setting">
          <div>
            <h3>{transitionText[transition]}</h3>
            <p className="dim small">{texts.hints[transition]}</p>
          </div>
          <Button
            tone={transition === 'activate' || transition === 'restore' ? 'plain' : 'danger'}
            icon={transitionIcons[transition]}
            onClick={() => setAsked(transition)}
          >
            {transitionText[transition]}
          </Button>
        </div>
      ))}
      </div>
      {asked ? <TransitionDialog tenant={tenant} transition={asked} onClose={() => setAsked(undefined)} /> : null}
    </Card>
  );
}
