/** Inviting many: addresses pasted from anywhere, and a report of each. */

import { type Schemas, ok } from '@carcosa/client';
import { useMemo, useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { number } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, CopyButton } from '../../ui/display.tsx';
import { TextAreaField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { problemText } from '../../ui/problem.ts';
import { Note } from '../../ui/states.tsx';
import { PlaceFields, type PlaceValues } from '../memberships/place.tsx';
import { useTenant } from '../tenants/tenant.tsx';
import { type Found, PER_CALL, parseAddresses, parts } from './addresses.ts';
import { DaysField, daysError, offer } from './invite.tsx';
import { acceptLink } from './link.ts';

const texts = messages('invite-many', {
  title: (tenant: string) => `Invite many to ${tenant}`,
  note: 'Each gets an invitation of their own, with the same role.',
  addresses: 'E-mail addresses',
  hint: 'Separated by lines, commas or spaces; “Name <address>” works too.',
  send: (count: number) => (count === 0 ? 'Invite' : `Invite ${counted(count, 'person', 'people')}`),
  count: (count: number) => counted(count, 'address', 'addresses'),
  repeated: (count: number) => `${counted(count, 'repetition', 'repetitions')} left out`,
  bad: (count: number) => `${counted(count, 'word is no address and is', 'words are no addresses and are')} left out:`,
  calls: (count: number) => `Sent in ${number(count)} parts of at most ${number(PER_CALL)}.`,
  need: 'Paste at least one e-mail address.',
  report: 'Invitations',
  sum: (made: number, failed: number) => `${counted(made, 'invitation', 'invitations')} made, ${number(failed)} refused.`,
  mailed: 'Mailed',
  made: 'Not mailed',
  refused: 'Refused',
  links: 'Copy links',
  tokens: 'Copy tokens',
  notMailed: (count: number) => `${counted(count, 'invitation was', 'invitations were')} not mailed. Copy what accepts them now: it is shown only here.`,
  close: 'Done',
});

/** A row of the report, with the address it is about. */
interface Row {
  email: string;
  row: Schemas['InvitationRow'];
}

interface ManyValues extends PlaceValues {
  text: string;
  days: string;
}

export function InviteMany({ onClose }: { onClose: () => void }) {
  const [report, setReport] = useState<readonly Row[]>();
  return report ? <Report rows={report} onClose={onClose} /> : <Paste onClose={onClose} done={setReport} />;
}

function Paste({ onClose, done }: { onClose: () => void; done: (rows: readonly Row[]) => void }) {
  const { api } = useProject();
  const { tenant } = useTenant();
  const refresh = useRefresh();
  const form = useForm<ManyValues>({
    initial: { text: '', days: '', role: 'member', organization: '', children: false },
    check: ({ text, days }) => ({
      '/invitations': parseAddresses(text).good.length === 0 ? texts.need : undefined,
      '/expires_in_days': daysError(days),
    }),
    send: async (values, key) => {
      const rows = await sendParts(parseAddresses(values.text).good, (emails, part) =>
        ok(
          api.POST('/v1/tenants/{tenant}/invitations/bulk', {
            params: { path: { tenant: tenant.id } },
            body: { invitations: emails.map((email) => ({ ...offer(values), email })) },
            headers: { 'Idempotency-Key': `${key}-${part}` },
          }),
        ),
      );
      void refresh('invitations');
      done(rows);
    },
  });
  const { values, set } = form;
  const found = useMemo(() => parseAddresses(values.text), [values.text]);
  return (
    <Dialog open onClose={onClose} title={texts.title(tenant.name)} note={texts.note} dirty={form.dirty} firm={form.busy}>
      <Form form={form} inDialog action={texts.send(found.good.length)} onCancel={onClose}>
        <TextAreaField
          label={texts.addresses}
          pointer="/invitations"
          rows={6}
          mono
          hint={texts.hint}
          placeholder={'ada@example.com\nGrace Hopper <grace@example.com>'}
          value={values.text}
          onChange={(text) => set('text', text)}
        />
        <Counts found={found} />
        <PlaceFields tenant={tenant.id} form={form} reach={false} />
        <DaysField value={values.days} onChange={(days) => set('days', days.trim())} />
      </Form>
    </Dialog>
  );
}

/** Part by part. When a later part fails, what was made before must still be shown: its tokens are seen nowhere else. */
async function sendParts(
  emails: readonly string[],
  send: (emails: readonly string[], part: number) => Promise<Schemas['InvitationReport']>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [part, some] of parts(emails).entries()) {
    try {
      const report = await send(some, part);
      rows.push(...report.rows.map((row) => ({ email: some[row.index] ?? '', row })));
    } catch (error) {
      if (part === 0) throw error;
      const detail = problemText(error);
      rows.push(...emails.slice(rows.length).map((email, index) => ({ email, row: { index, invitation: null, code: null, detail } })));
      break;
    }
  }
  return rows;
}

function Counts({ found }: { found: Found }) {
  const { good, bad, repeated } = found;
  if (good.length + bad.length === 0) return null;
  const calls = Math.ceil(good.length / PER_CALL);
  return (
    <div className="stack" style={{ '--gap': 'var(--space-2)' } as never} role="status">
      <p className="row">
        <Badge tone={good.length > 0 ? 'good' : 'warn'}>{texts.count(good.length)}</Badge>
        {repeated > 0 ? <Badge>{texts.repeated(repeated)}</Badge> : null}
        {calls > 1 ? <span className="dim small">{texts.calls(calls)}</span> : null}
      </p>
      {bad.length > 0 ? (
        <Note tone="warn">
          <p>{texts.bad(bad.length)}</p>
          <p className="mono small wrap">{bad.slice(0, 20).join('  ')}</p>
        </Note>
      ) : null}
    </div>
  );
}

function Report({ rows, onClose }: { rows: readonly Row[]; onClose: () => void }) {
  const { project } = useProject();
  const page = project.settings.invitation_url;
  const made = rows.filter(({ row }) => row.invitation);
  const notMailed = made.filter(({ row }) => row.invitation && !row.invitation.mailed);
  const handed = notMailed.map(({ email, row }) => {
    const token = row.invitation?.token ?? '';
    return `${email}\t${page ? acceptLink(page, token) : token}`;
  });
  return (
    <Dialog
      open
      firm
      onClose={onClose}
      title={texts.report}
      foot={
        <Button tone="primary" onClick={onClose}>
          {texts.close}
        </Button>
      }
    >
      <div className="dialog-body stack">
        <p role="status">{texts.sum(made.length, rows.length - made.length)}</p>
        {notMailed.length > 0 ? (
          <Note tone="warn">
            <div className="row" data-apart>
              <span className="grow">{texts.notMailed(notMailed.length)}</span>
              <CopyButton text={handed.join('\n')} what={texts.links} label={page ? texts.links : texts.tokens} />
            </div>
          </Note>
        ) : null}
        <ul className="bulk-rows">
          {rows.map(({ email, row }) => (
            <li key={email}>
              <span className="clip grow">{email}</span>
              {row.invitation ? (
                <Badge tone={row.invitation.mailed ? 'good' : 'info'}>{row.invitation.mailed ? texts.mailed : texts.made}</Badge>
              ) : (
                <>
                  <Badge tone="bad">{texts.refused}</Badge>
                  <span className="small bulk-why">{row.detail}</span>
                </>
              )}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}
