/** A key was found where it should not be: the text of it is enough to revoke it. */

import { type Schemas, ok } from '@carcosa/client';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Note } from '../../ui/states.tsx';

const texts = messages('keys.leak', {
  title: 'Report a leaked key',
  note: 'If the text is the secret of a key of this project, that key is revoked at once and for good, whoever owns it.',
  key: 'The text found',
  url: 'Where',
  urlHint: 'The address at which it was found. Recorded in the log.',
  reason: 'What happened',
  report: 'Revoke if it is ours',
  noKey: 'Paste the text that was found.',
  revoked: 'It was a key of this project. It is revoked: whoever uses it is refused within a second.',
  see: 'Open the key',
  unknown: 'It is no key of this project that works: mistyped, rotated away since, or someone else’s. Nothing was changed.',
  close: 'Close',
});

export function ReportLeak({ open, onClose }: { open: boolean; onClose: () => void }) {
  return open ? <Report onClose={onClose} /> : null;
}

function Report({ onClose }: { onClose: () => void }) {
  const { api } = useProject();
  const refresh = useRefresh();
  const [report, setReport] = useState<Schemas['LeakReport']>();
  const form = useForm({
    initial: { key: '', url: '', reason: '' },
    check: (values) => ({ '/key': values.key.trim() === '' ? texts.noKey : undefined }),
    send: async ({ key, url, reason }, once) => {
      const body = { key: key.trim(), url: url.trim() || null, reason: reason.trim() || null };
      setReport(await ok(api.POST('/v1/keys/report-leak', { body, headers: { 'Idempotency-Key': once } })));
      void refresh('keys', 'audit');
    },
  });
  const { values, set } = form;
  if (report) return <Result report={report} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note}>
      <Form form={form} inDialog destroys action={texts.report} onCancel={onClose}>
        <TextField label={texts.key} pointer="/key" mono maxLength={512} value={values.key} onChange={(value) => set('key', value)} autoFocus />
        <TextField label={texts.url} pointer="/url" optional hint={texts.urlHint} type="url" placeholder="https://" value={values.url} onChange={(value) => set('url', value)} />
        <TextField label={texts.reason} pointer="/reason" optional maxLength={500} value={values.reason} onChange={(value) => set('reason', value)} />
      </Form>
    </Dialog>
  );
}

function Result({ report, onClose }: { report: Schemas['LeakReport']; onClose: () => void }) {
  const to = usePaths();
  return (
    <Dialog open onClose={onClose} title={texts.title} foot={<Button onClick={onClose}>{texts.close}</Button>}>
      <div className="dialog-body">
        <Note tone={report.revoked ? 'good' : 'info'}>
          <p>{report.revoked ? texts.revoked : texts.unknown}</p>
          {report.key_id ? (
            <p>
              <AppLink href={to.key(report.key_id)} onClick={onClose}>
                {texts.see}
              </AppLink>
            </p>
          ) : null}
        </Note>
      </div>
    </Dialog>
  );
}
