import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';

const texts = messages('users-status', { active: 'Active', disabled: 'Disabled' });

export type User = Schemas['User'];

export const statusText = (status: Schemas['UserStatus']): string => texts[status];

export function UserStatusBadge({ status }: { status: Schemas['UserStatus'] }) {
  return (
    <Badge tone={status === 'active' ? 'good' : 'mute'} dot>
      {texts[status]}
    </Badge>
  );
}

export const userName = (user: { name: string | null; email: string }): string => user.name ?? user.email;
