import { useState } from 'react';
import { counted, messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { PartCard, type PartProps, usePart, wholeNumber } from './part.tsx';

const texts = messages('settings-retention', {
  title: 'Retention',
  note: 'How long what is deleted or old is kept. Longer helps to undo mistakes and to answer auditors; shorter keeps less about people.',
  tenants: 'Days that a deleted tenant is kept',
  tenantsMeaning: (days: number) =>
    days === 0
      ? 'A deleted tenant is purged at once and cannot be restored.'
      : `A deleted tenant can be restored for ${counted(days, 'day', 'days')}. Then it is purged: its rows go, log entries about it lose their personal part, and a signed record says so. Tenants that are deleted already keep their date.`,
  log: 'Days that the log is kept',
  logMeaning: (days: number) =>
    days === 0
      ? '0 keeps all entries for good.'
      : `Entries older than ${counted(days, 'day', 'days')} are removed within hours and cannot be brought back. The last entry of each tenant always stays, and the signed chain shows where something was cut.`,
  ask: 'Remove old entries of the log?',
  askText: (days: number) =>
    `Within hours, all entries older than ${counted(days, 'day', 'days')} are removed from the log of this project and of all its tenants, for good. Programs that follow events and are further behind than that have to begin anew.`,
  askYes: 'Save and remove',
});

interface Values {
  tenants: string;
  log: string;
}

/** 0 is for good. */
const length = (days: string): number => Number(days) || Infinity;

export function Retention({ stored }: PartProps) {
  const [asking, setAsking] = useState(false);
  const merge = usePart<Values>({
    stored,
    read: ({ settings }) => ({ tenants: String(settings.retention_days), log: String(settings.audit_retention_days) }),
    patch: (values, before) => ({
      settings: {
        ...(values.tenants === before.tenants ? {} : { retention_days: Number(values.tenants) }),
        ...(values.log === before.log ? {} : { audit_retention_days: Number(values.log) }),
      },
    }),
    check: ({ tenants, log }) => ({
      '/settings/retention_days': wholeNumber(tenants, 0, 3650),
      '/settings/audit_retention_days': wholeNumber(log, 0, 3650),
    }),
  });
  const { values, set, submit } = merge.form;
  const valid = wholeNumber(values.log, 0, 3650) === undefined;
  const shorter = valid && length(values.log) < (stored.settings.audit_retention_days || Infinity);
  return (
    <>
      <PartCard
        title={texts.title}
        note={texts.note}
        merge={merge}
        names={{ tenants: texts.tenants, log: texts.log }}
        submit={() => (shorter ? setAsking(true) : submit())}
      >
        <TextField
          label={texts.tenants}
          pointer="/settings/retention_days"
          hint={texts.tenantsMeaning(Number(values.tenants) || 0)}
          inputMode="numeric"
          value={values.tenants}
          onChange={(value) => set('tenants', value)}
        />
        <TextField
          label={texts.log}
          pointer="/settings/audit_retention_days"
          hint={texts.logMeaning(Number(values.log) || 0)}
          inputMode="numeric"
          value={values.log}
          onChange={(value) => set('log', value)}
        />
      </PartCard>
      <Ask
        open={asking}
        onClose={() => setAsking(false)}
        title={texts.ask}
        yes={texts.askYes}
        word={stored.slug}
        run={() => {
          setAsking(false);
          submit();
        }}
      >
        {texts.askText(Number(values.log))}
      </Ask>
    </>
  );
}
