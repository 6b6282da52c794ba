import type { Schemas } from '@carcosa/client';
import { messages } from '../../i18n/messages.ts';
import { Badge, type Tone } from '../../ui/display.tsx';

const texts = messages('invitation-parts', {
  statuses: {
    pending: 'Pending',
    accepted: 'Accepted',
    declined: 'Declined',
    revoked: 'Revoked',
    expired: 'Expired',
  } as Record<Schemas['InvitationStatus'], string>,
  link: 'Link, for whoever has it',
});

export type Invitation = Schemas['Invitation'];
export type InvitationWithToken = Schemas['InvitationWithToken'];
export type Status = Schemas['InvitationStatus'];

export const STATUSES: readonly Status[] = ['pending', 'accepted', 'declined', 'revoked', 'expired'];
export const statusText = (status: Status): string => texts.statuses[status];
const TONES: Record<Status, Tone> = { pending: 'info', accepted: 'good', declined: 'warn', revoked: 'mute', expired: 'mute' };

export function StatusBadge({ status }: { status: Status }) {
  return (
    <Badge tone={TONES[status]} dot>
      {texts.statuses[status]}
    </Badge>
  );
}

/** To whom it went. */
export const recipient = (one: { email: string | null }): string => one.email ?? texts.link;
