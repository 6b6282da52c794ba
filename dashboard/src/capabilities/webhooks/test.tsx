/** Sends tests to an endpoint and watches them arrive. */

import { type Schemas, ok } from '@carcosa/client';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Radios } from '../../ui/choices.tsx';
import { EventsField } from './events-field.tsx';
import type { Endpoint } from './model.ts';
import { Watched } from './watch.tsx';

const texts = messages('webhooks.test', {
  title: 'Send a test',
  note: 'Sent at once, and tried once. Nothing of it has happened: samples have “sample: true”, and verifiers refuse them unless told otherwise.',
  what: 'What to send',
  ping: 'A plain test',
  pingHint: 'webhook_endpoint.tested: can the endpoint be reached, does its check of signatures work?',
  samples: 'Samples of events',
  samplesHint: 'Made-up data of each type, to see what your code does with it.',
  send: 'Send',
  sending: (count: number) => counted(count, 'test', 'tests'),
  noEvents: 'Choose at least one type of event.',
  again: 'Send another',
  close: 'Close',
});

export function TestEndpoint({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const [test, setTest] = useState<Schemas['WebhookTest']>();
  const { api } = useProject();
  const refresh = useRefresh();
  const form = useForm({
    initial: { what: 'ping' as 'ping' | 'samples', events: [] as string[] },
    check: ({ what, events }) => ({ '/event_types': what === 'samples' && events.length === 0 ? texts.noEvents : undefined }),
    send: async ({ what, events }, key) => {
      const body = what === 'samples' ? { event_types: events } : {};
      const path = { webhook_endpoint: endpoint.id };
      setTest(await ok(api.POST('/v1/webhook-endpoints/{webhook_endpoint}/test', { params: { path }, body, headers: { 'Idempotency-Key': key } })));
      void refresh('webhooks', 'webhook_stats');
    },
  });
  const { values, set } = form;
  if (test) return <Sent test={test} again={() => setTest(undefined)} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note} width="44rem">
      <Form form={form} inDialog always action={texts.send} onCancel={onClose}>
        <Radios
          label={texts.what}
          value={values.what}
          onChange={(what) => set('what', what)}
          choices={[
            { value: 'ping', text: texts.ping, hint: texts.pingHint },
            { value: 'samples', text: texts.samples, hint: texts.samplesHint },
          ]}
        />
        {values.what === 'samples' ? <EventsField value={values.events} onChange={(events) => set('events', events)} /> : null}
      </Form>
    </Dialog>
  );
}

function Sent({ test, again, onClose }: { test: Schemas['WebhookTest']; again: () => void; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={texts.sending(test.deliveries.length)}
      foot={
        <>
          <Button onClick={again}>{texts.again}</Button>
          <Button tone="primary" onClick={onClose}>
            {texts.close}
          </Button>
        </>
      }
    >
      <div className="dialog-body">
        <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
          {test.deliveries.map((delivery) => (
            <Watched key={delivery.id} delivery={delivery} />
          ))}
        </div>
      </div>
    </Dialog>
  );
}
