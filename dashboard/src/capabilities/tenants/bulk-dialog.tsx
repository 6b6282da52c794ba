/** Asks before many tenants are changed, shows how far it is, and then how it went, row by row. */

import { useState } from 'react';
import { messages, counted } from '../../i18n/messages.ts';
import { number } from '../../i18n/format.ts';
import { Button } from '../../ui/button.tsx';
import { Badge, CopyButton, Meter, type Tone } from '../../ui/display.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';
import { type BulkAct, type Outcome, type Row, csv, reasons, sort } from './bulk.ts';
import { checkPlan } from './check.ts';
import type { Transition } from './lifecycle.ts';
import { PlanField } from './tenant-fields.tsx';
import type { Tenant } from './tenant.tsx';
import { useBulk } from './use-bulk.ts';

export type BulkKind = Transition | 'plan';

const tenants = (count: number) => counted(count, 'tenant', 'tenants');

const texts = messages('tenants-bulk', {
  titles: {
    activate: 'Activate tenants',
    suspend: 'Suspend tenants',
    archive: 'Archive tenants',
    restore: 'Restore tenants',
    delete: 'Delete tenants',
    plan: 'Change the plan',
  } satisfies Record<BulkKind, string>,
  buttons: {
    activate: (count: number) => `Activate ${tenants(count)}`,
    suspend: (count: number) => `Suspend ${tenants(count)}`,
    archive: (count: number) => `Archive ${tenants(count)}`,
    restore: (count: number) => `Restore ${tenants(count)}`,
    delete: (count: number) => `Delete ${tenants(count)}`,
    plan: (count: number) => `Change ${tenants(count)}`,
  } satisfies Record<BulkKind, (count: number) => string>,
  effects: {
    activate: 'Their members and keys work from now on.',
    suspend: 'Their members and keys are refused until they are activated again. Nothing is lost.',
    archive: 'Their members and keys are refused. They are kept for reference and can be activated again.',
    restore: 'They are again as they were before: deleted ones get their former status.',
    delete: 'They stop working at once, and are erased for good when the project’s retention time is over. Until then they can be restored.',
    plan: 'Each of them gets a plan of its own, also where it inherited one. Tenants that inherit from them follow.',
  } satisfies Record<BulkKind, string>,
  reason: 'Reason',
  reasonHint: 'For the audit trail, and shown with each tenant.',
  word: (word: string) => `Type ${word} to confirm`,
  wordWrong: (word: string) => `Type ${word}, so that nothing is deleted by a slip.`,
  deleteWord: 'delete',
  needsPlan: 'Say which plan.',
  will: (count: number) => `${tenants(count)} will change.`,
  none: 'Nothing would change.',
  skipped: (count: number) => `${counted(count, 'tenant is left as it is', 'tenants are left as they are')}:`,
  skippedFor: (count: number, why: string) => `${number(count)} ${why}`,
  running: (done: number, total: number) => `${number(done)} of ${number(total)} done`,
  stop: 'Stop',
  stopping: 'Stopping after those under way…',
  stopped: 'Stopped before its turn',
  over: (done: number, failed: number, left: number) =>
    [`${number(done)} changed`, failed ? `${number(failed)} failed` : '', left ? `${number(left)} not changed` : ''].filter(Boolean).join(', '),
  progress: 'Progress',
  report: 'How it went',
  again: (count: number) => `Try ${counted(count, 'failed one', 'failed ones')} again`,
  goOn: (count: number) => `Go on with ${number(count)}`,
  copy: 'Copy as CSV',
  close: 'Close',
});

const outcomeText: Record<Outcome, string> = messages('tenants-bulk-outcomes', {
  done: 'Changed',
  failed: 'Failed',
  skipped: 'Skipped',
  stopped: 'Not begun',
});
const outcomeTone: Record<Outcome, Tone> = { done: 'good', failed: 'bad', skipped: 'mute', stopped: 'warn' };
const RANK: Record<Outcome, number> = { failed: 0, stopped: 1, skipped: 2, done: 3 };

interface Props {
  kind: BulkKind;
  tenants: readonly Tenant[];
  /** `changed`: it ran. */
  onClose: (changed: boolean) => void;
}

export function BulkDialog({ kind, tenants, onClose }: Props) {
  const bulk = useBulk();
  const [sent, setSent] = useState<{ act: BulkAct; reason: string }>();
  const { is } = bulk.state;
  if (!sent) {
    return (
      <Question
        kind={kind}
        tenants={tenants}
        onClose={() => onClose(false)}
        send={(act, reason) => {
          setSent({ act, reason });
          void bulk.run(sort(tenants, act).run, act, reason, texts.stopped);
        }}
      />
    );
  }
  const skipped = sort(tenants, sent.act).skipped.map(({ tenant, why }): Row => ({ id: tenant.id, name: tenant.name, outcome: 'skipped', text: why }));
  const rows = [...bulk.state.rows, ...skipped];
  const again = (outcome: Outcome) => {
    const ids = new Set(rows.filter((row) => row.outcome === outcome).map((row) => row.id));
    void bulk.run(tenants.filter((tenant) => ids.has(tenant.id)), sent.act, sent.reason, texts.stopped);
  };
  const running = is === 'running' || is === 'stopping';
  return (
    <Dialog
      open
      firm={running}
      onClose={() => onClose(true)}
      title={texts.titles[kind]}
      width="38rem"
      foot={
        running ? (
          <Button onClick={bulk.stop} disabled={is === 'stopping'}>
            {texts.stop}
          </Button>
        ) : (
          <ReportFoot rows={rows} again={again} close={() => onClose(true)} />
        )
      }
    >
      <div className="dialog-body">{running ? <Progress rows={bulk.state.rows} tenants={tenants} act={sent.act} stopping={is === 'stopping'} /> : <Report rows={rows} />}</div>
    </Dialog>
  );
}

function Question({ kind, tenants, send, onClose }: { kind: BulkKind; tenants: readonly Tenant[]; send: (act: BulkAct, reason: string) => void; onClose: () => void }) {
  const form = useForm({
    initial: { reason: '', plan: '', word: '' },
    check: (values) => ({
      '/plan': kind !== 'plan' ? undefined : values.plan.trim() === '' ? texts.needsPlan : checkPlan(values.plan),
      '/word': kind === 'delete' && values.word.trim() !== texts.deleteWord ? texts.wordWrong(texts.deleteWord) : undefined,
    }),
    send: async (values) => send(kind === 'plan' ? { do: 'plan', plan: values.plan.trim() } : { do: kind }, values.reason),
  });
  const { run, skipped } = sort(tenants, kind === 'plan' ? { do: 'plan', plan: form.values.plan.trim() } : { do: kind });
  return (
    <Dialog open onClose={onClose} title={texts.titles[kind]} note={texts.effects[kind]}>
      <Form form={form} inDialog always={run.length > 0} destroys={kind === 'delete'} action={texts.buttons[kind](run.length)} onCancel={onClose}>
        <div className="stack" style={{ '--gap': 'var(--space-1)' } as never}>
          <p className="strong">{run.length > 0 ? texts.will(run.length) : texts.none}</p>
          {skipped.length > 0 ? (
            <Note tone="warn">
              <p>{texts.skipped(skipped.length)}</p>
              <ul>
                {reasons(skipped).map(([why, count]) => (
                  <li key={why}>{texts.skippedFor(count, why)}</li>
                ))}
              </ul>
            </Note>
          ) : null}
        </div>
        {kind === 'plan' ? (
          <PlanField value={form.values.plan} onChange={(value) => form.set('plan', value)} />
        ) : (
          <TextAreaField
            label={texts.reason}
            pointer="/reason"
            hint={texts.reasonHint}
            optional
            rows={2}
            value={form.values.reason}
            onChange={(value) => form.set('reason', value.slice(0, 500))}
          />
        )}
        {kind === 'delete' ? (
          <TextField label={texts.word(texts.deleteWord)} pointer="/word" value={form.values.word} onChange={(value) => form.set('word', value)} />
        ) : null}
      </Form>
    </Dialog>
  );
}

function Progress({ rows, tenants, act, stopping }: { rows: readonly Row[]; tenants: readonly Tenant[]; act: BulkAct; stopping: boolean }) {
  const total = sort(tenants, act).run.length;
  const failed = rows.filter((row) => row.outcome === 'failed').length;
  return (
    <>
      <p role="status">
        {stopping ? texts.stopping : texts.running(rows.length, total)}
        {failed > 0 ? <span className="bad-text"> · {texts.over(rows.length - failed, failed, 0)}</span> : null}
      </p>
      <Meter value={total === 0 ? 1 : rows.length / total} label={texts.progress} />
    </>
  );
}

const count = (rows: readonly Row[], outcome: Outcome): number => rows.filter((row) => row.outcome === outcome).length;

function Report({ rows }: { rows: readonly Row[] }) {
  const failed = count(rows, 'failed');
  const left = count(rows, 'stopped') + count(rows, 'skipped');
  return (
    <>
      <Note tone={failed > 0 ? 'bad' : left > 0 ? 'warn' : 'good'}>{texts.over(count(rows, 'done'), failed, left)}</Note>
      <ul className="ten-report" aria-label={texts.report}>
        {[...rows]
          .sort((a, b) => RANK[a.outcome] - RANK[b.outcome])
          .map((row) => (
            <li key={row.id}>
              <span className="grow clip">{row.name}</span>
              <Badge tone={outcomeTone[row.outcome]}>{outcomeText[row.outcome]}</Badge>
              {row.text ? <span className="small dim wrap">{row.text}</span> : null}
            </li>
          ))}
      </ul>
    </>
  );
}

function ReportFoot({ rows, again, close }: { rows: readonly Row[]; again: (outcome: Outcome) => void; close: () => void }) {
  const [failed, stopped] = [count(rows, 'failed'), count(rows, 'stopped')];
  return (
    <>
      <CopyButton text={csv(rows, outcomeText)} what={texts.copy} label={texts.copy} size="md" />
      {stopped > 0 ? <Button onClick={() => again('stopped')}>{texts.goOn(stopped)}</Button> : null}
      {failed > 0 ? <Button onClick={() => again('failed')}>{texts.again(failed)}</Button> : null}
      <Button tone="primary" onClick={close}>
        {texts.close}
      </Button>
    </>
  );
}
