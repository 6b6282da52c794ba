/** What accepts an invitation, shown once: as a link where the project has a page for it, else as the bare token. */

import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { date } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Secret } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Note } from '../../ui/states.tsx';
import { acceptLink } from './link.ts';
import type { InvitationWithToken } from './parts.tsx';

const texts = messages('invitation-handed', {
  title: 'Invitation',
  mailed: (email: string) => `A mail with the link is on its way to ${email}.`,
  notMailed: 'No mail was sent. Hand it on yourself: it is shown only now.',
  linkOnly: 'Whoever has it can accept it, once. It is shown only now.',
  noPage: 'The project names no page that accepts invitations, so there is no link yet. This is the token: your application accepts it with POST /v1/invitations/accept.',
  setPage: 'Set the page in the project’s settings',
  until: (day: string) => `It can be accepted until ${day}.`,
  link: 'link',
  token: 'token',
  close: 'Done',
});

export function Handed({ invitation, onClose }: { invitation: InvitationWithToken; onClose: () => void }) {
  const { project, can } = useProject();
  const page = project.settings.invitation_url;
  const { email, mailed, token } = invitation;
  return (
    <Dialog
      open
      firm
      onClose={onClose}
      title={texts.title}
      foot={
        <Button tone="primary" onClick={onClose}>
          {texts.close}
        </Button>
      }
    >
      <div className="dialog-body stack">
        {mailed && email ? <Note tone="good">{texts.mailed(email)}</Note> : <Note tone="warn">{email ? texts.notMailed : texts.linkOnly}</Note>}
        {mailed ? null : page ? (
          <Secret text={acceptLink(page, token)} what={texts.link} />
        ) : (
          <>
            <Secret text={token} what={texts.token} />
            <p className="dim small">
              {texts.noPage} {can('project:update') ? <AppLink href={projectPaths(project.slug).settings()}>{texts.setPage}</AppLink> : null}
            </p>
          </>
        )}
        <p>{texts.until(date(invitation.expires_at))}</p>
      </div>
    </Dialog>
  );
}
