/** Takes a share back. */

import { ifMatch, useAction } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import { useOneTenant } from '../tenants/reading.ts';
import { useTenant } from '../tenants/tenant.tsx';
import type { Share } from './list.tsx';

const texts = messages('share-revoke', {
  title: (resource: string) => `Revoke the share of ${resource}?`,
  text: (name: string, role: string) => `${name} can no longer use it as ${role}, from now on. To give it back, share it again.`,
  yes: 'Revoke share',
  said: (resource: string) => `${resource} is no longer shared`,
});

export function RevokeShare({ share, onClose }: { share: Share; onClose: () => void }) {
  const { tenant } = useTenant();
  const grantee = useOneTenant(share.grantee_id);
  const revoke = useAction<void, unknown>({
    run: (api) =>
      api.DELETE('/v1/tenants/{tenant}/shares/{share}', {
        params: { path: { tenant: tenant.id, share: share.id } },
        headers: ifMatch(share.version),
      }),
    refresh: ['shares', 'tenants', 'audit'],
    failure: 'caller',
    said: () => texts.said(share.resource),
    done: onClose,
  });
  return (
    <Ask
      open
      onClose={onClose}
      title={texts.title(share.resource)}
      yes={texts.yes}
      run={() => revoke.mutate()}
      busy={revoke.isPending}
      error={revoke.error}
    >
      <p>{texts.text(grantee.data?.name ?? share.grantee_id, share.role)}</p>
    </Ask>
  );
}
