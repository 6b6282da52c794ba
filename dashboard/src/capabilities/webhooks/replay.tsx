/** Sends events again: what failed, a range of time, or chosen deliveries. A long range goes in portions, which can be watched and stopped. */

import { ok } from '@carcosa/client';
import { useEffect, useRef, useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DateTimeField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { problemText } from '../../ui/problem.ts';
import { Note } from '../../ui/states.tsx';
import { Radios } from '../../ui/choices.tsx';
import type { Endpoint } from './model.ts';

const texts = messages('webhooks.replay', {
  title: 'Send again',
  note: 'Each event has the same webhook-id as before, so receivers that remember ids take it once.',
  what: 'What',
  failed: 'What failed',
  failedHint: 'All that was given up since a time.',
  range: 'A range of time',
  rangeHint: 'All that the endpoint hears now, whether it was sent before or not.',
  chosen: (count: number) => counted(count, 'chosen delivery', 'chosen deliveries'),
  chosenHint: 'Those that still wait are left out: they are sent anyway.',
  from: 'From',
  to: 'Until',
  toHint: 'Now when empty.',
  noFrom: 'Say from when.',
  tooMany: 'Choose at most 100 deliveries at a time.',
  send: 'Send again',
  deliveries: (count: number) => counted(count, 'delivery', 'deliveries'),
  running: (count: string) => `${count} so far; more are being made…`,
  done: (count: string) => `${count} on the way; see the list.`,
  none: 'There was nothing to send again.',
  stopped: (count: string) => `Stopped after ${count}. What was made so far is sent.`,
  broke: (count: string, why: string) => `It stopped after ${count}: ${why}`,
  goOn: 'Go on',
  stop: 'Stop',
  close: 'Close',
});

interface Values {
  what: 'failed' | 'range' | 'chosen';
  from: string;
  to: string;
}

interface Progress {
  sent: number;
  next: string | null;
  state: 'running' | 'done' | 'stopped' | 'broken';
  why?: string;
}

export function Replay({
  endpoint,
  chosen,
  onClose,
  sent,
}: {
  endpoint: Endpoint;
  chosen: ReadonlySet<string>;
  onClose: () => void;
  sent: () => void;
}) {
  const [opened] = useState(() => Date.now());
  const [ids] = useState(() => [...chosen]);
  const { progress, run, stop } = useReplay(endpoint.id, ids, sent);
  const form = useForm<Values>({
    initial: { what: ids.length > 0 ? 'chosen' : 'failed', from: new Date(opened - 86_400_000).toISOString(), to: '' },
    check: ({ what, from }) => ({
      '/from': what !== 'chosen' && from === '' ? texts.noFrom : undefined,
      '/delivery_ids': what === 'chosen' && ids.length > 100 ? texts.tooMany : undefined,
    }),
    send: (values) => run(values),
  });
  const { values, set } = form;
  if (progress) return <Running progress={progress} goOn={() => void run(values, progress).catch(() => undefined)} stop={stop} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note}>
      <Form form={form} inDialog always action={texts.send} onCancel={onClose}>
        <Radios
          label={texts.what}
          value={values.what}
          onChange={(what) => set('what', what)}
          choices={[
            ...(ids.length > 0 ? [{ value: 'chosen' as const, text: texts.chosen(ids.length), hint: texts.chosenHint }] : []),
            { value: 'failed', text: texts.failed, hint: texts.failedHint },
            { value: 'range', text: texts.range, hint: texts.rangeHint },
          ]}
        />
        {values.what === 'chosen' ? (
          ids.length > 100 ? <Note tone="warn">{texts.tooMany}</Note> : null
        ) : (
          <div className="fields-2">
            <DateTimeField label={texts.from} pointer="/from" value={values.from} onChange={(from) => set('from', from)} />
            {values.what === 'range' ? (
              <DateTimeField label={texts.to} pointer="/to" optional hint={texts.toHint} value={values.to} onChange={(to) => set('to', to)} />
            ) : null}
          </div>
        )}
      </Form>
    </Dialog>
  );
}

/** Asks portion by portion. The first refusal is the form's to show; later ones are shown with what was done. */
function useReplay(endpoint: string, ids: string[], sent: () => void) {
  const { api } = useProject();
  const refresh = useRefresh();
  const [progress, setProgress] = useState<Progress>();
  const halted = useRef(false);
  useEffect(
    () => () => {
      halted.current = true;
    },
    [],
  );
  const portion = ({ what, from, to }: Values, after: string | null) => {
    const range = { from, to: what === 'range' && to !== '' ? to : null, only_failed: what === 'failed', after };
    return ok(
      api.POST('/v1/webhook-endpoints/{webhook_endpoint}/replay', {
        params: { path: { webhook_endpoint: endpoint } },
        body: what === 'chosen' ? { delivery_ids: ids } : range,
        headers: { 'Idempotency-Key': crypto.randomUUID() },
      }),
    );
  };
  const run = async (values: Values, before?: Progress) => {
    halted.current = false;
    let done = before?.sent ?? 0;
    let next = before?.next ?? null;
    try {
      do {
        const answer = await portion(values, next);
        done += answer.deliveries;
        next = answer.next;
        setProgress({ sent: done, next, state: next === null ? 'done' : halted.current ? 'stopped' : 'running' });
      } while (next !== null && !halted.current);
      sent();
    } catch (error) {
      if (done === 0 && !before) throw error;
      setProgress({ sent: done, next, state: 'broken', why: problemText(error) });
    } finally {
      void refresh('webhooks', 'audit');
    }
  };
  return {
    progress,
    run,
    stop: () => {
      halted.current = true;
    },
  };
}

function Running({ progress, goOn, stop, onClose }: { progress: Progress; goOn: () => void; stop: () => void; onClose: () => void }) {
  const { sent, state, why } = progress;
  const count = texts.deliveries(sent);
  const said = {
    running: texts.running(count),
    done: sent === 0 ? texts.none : texts.done(count),
    stopped: texts.stopped(count),
    broken: texts.broke(count, why ?? ''),
  }[state];
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.title}
      firm={state === 'running'}
      foot={
        <>
          {state === 'running' ? <Button onClick={stop}>{texts.stop}</Button> : null}
          {state === 'stopped' || state === 'broken' ? <Button onClick={goOn}>{texts.goOn}</Button> : null}
          {state === 'running' ? null : (
            <Button tone="primary" onClick={onClose}>
              {texts.close}
            </Button>
          )}
        </>
      }
    >
      <div className="dialog-body" role="status">
        {state === 'running' ? (
          <p className="row">
            <span className="spinner" aria-hidden /> {said}
          </p>
        ) : (
          <Note tone={state === 'done' && sent > 0 ? 'good' : state === 'broken' ? 'bad' : 'info'}>{said}</Note>
        )}
      </div>
    </Dialog>
  );
}
