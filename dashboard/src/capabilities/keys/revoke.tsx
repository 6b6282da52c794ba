/** Ends a key for good, once it is clear who stops with it. */

import { ifMatch, useAction } from '../../api/data.ts';
import { relative } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import { type ApiKey, totals } from './model.ts';
import { useOwner } from '../tenants/owner.tsx';
import { useUsage } from './usage.tsx';

const texts = messages('keys.revoke', {
  title: (name: string) => `Revoke ${name}?`,
  yes: 'Revoke key',
  stops: (tenant: string | undefined) =>
    tenant ? `Every program of ${tenant} that uses this key is refused within a second.` : 'Every program that uses this key is refused within a second.',
  calls: (count: number) => `It was let in ${counted(count, 'time', 'times')} in the last 24 hours.`,
  idle: 'Your application verified it not once in the last 24 hours.',
  used: (when: string) => `Last used ${when}.`,
  unused: 'It was never used.',
  forGood: 'It cannot be brought back. To stop it for a while, turn it off instead.',
});

export function RevokeKey({ apiKey, open, onClose }: { apiKey: ApiKey; open: boolean; onClose: () => void }) {
  const owner = useOwner(open ? apiKey.tenant_id : undefined);
  const usage = useUsage(apiKey.id, 24, open);
  const revoke = useAction({
    run: (api) => api.DELETE('/v1/keys/{api_key}', { params: { path: { api_key: apiKey.id } }, headers: ifMatch(apiKey.version) }),
    refresh: ['keys', 'audit', 'tenants'],
    failure: 'caller',
    done: onClose,
  });
  const calls = usage.data ? totals(usage.data).valid : undefined;
  return (
    <Ask
      open={open}
      onClose={() => {
        revoke.reset();
        onClose();
      }}
      title={texts.title(apiKey.name)}
      yes={texts.yes}
      word={apiKey.name}
      run={() => revoke.mutate(undefined)}
      busy={revoke.isPending}
      error={revoke.error}
    >
      <p>{texts.stops(owner.data?.name)}</p>
      <p>
        {calls === undefined ? null : calls > 0 ? texts.calls(calls) : texts.idle} {apiKey.last_used_at ? texts.used(relative(apiKey.last_used_at)) : texts.unused}
      </p>
      <p>{texts.forGood}</p>
    </Ask>
  );
}
