/** A new endpoint in three steps; then its secret, code that verifies, and a first test. */

import { CarcosaError, ok } from '@carcosa/client';
import { useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, type FormState, useForm } from '../../ui/form.tsx';
import { Created } from './created.tsx';
import { EventsField } from './events-field.tsx';
import type { EndpointWithSecret } from './model.ts';
import { HeadersField, OrderField, type OptionValues, RateField, headersToSend } from './options.tsx';
import './webhooks.css';

const texts = messages('webhooks.wizard', {
  title: 'New webhook endpoint',
  titleOf: (tenant: string) => `New webhook endpoint of ${tenant}`,
  step: (step: number, name: string) => `Step ${step} of 3: ${name}`,
  names: ['where to', 'which events', 'how'],
  url: 'Address',
  urlHint: 'An https address of the public internet that takes POST requests.',
  description: 'What for',
  descriptionHint: 'For your colleagues: “billing”, “search index”.',
  noUrl: 'Give the address to which events are sent.',
  noEvents: 'Choose at least one type of event.',
  back: 'Back',
  next: 'Next',
  create: 'Create endpoint',
});

interface Values extends OptionValues {
  url: string;
  description: string;
  events: string[];
}

const START: Values = { url: '', description: '', events: ['*'], headers: [], rate: '', ordered: false };

export interface EndpointOwner {
  id: string;
  name: string;
}

export function NewEndpoint({ open, onClose, tenant }: { open: boolean; onClose: () => void; tenant?: EndpointOwner }) {
  const [made, setMade] = useState<EndpointWithSecret>();
  return (
    <>
      {open ? (
        <Steps
          onClose={onClose}
          tenant={tenant}
          made={(endpoint) => {
            onClose();
            setMade(endpoint);
          }}
        />
      ) : null}
      {made ? <Created endpoint={made} onClose={() => setMade(undefined)} /> : null}
    </>
  );
}

function Steps({ onClose, tenant, made }: { onClose: () => void; tenant?: EndpointOwner; made: (endpoint: EndpointWithSecret) => void }) {
  const [step, setStep] = useState(0);
  const create = useCreate(tenant, made);
  const form = useForm<Values>({
    initial: START,
    check: (values) => ({
      '/url': values.url.trim() === '' ? texts.noUrl : undefined,
      '/event_types': step > 0 && values.events.length === 0 ? texts.noEvents : undefined,
    }),
    send: async (values, key) => {
      if (step < 2) return setStep(step + 1);
      try {
        await create(values, key);
      } catch (error) {
        setStep(stepOf(error));
        throw error;
      }
    },
  });
  const dirty = JSON.stringify(form.values) !== JSON.stringify(START);
  return (
    <Dialog
      open
      onClose={onClose}
      title={tenant ? texts.titleOf(tenant.name) : texts.title}
      note={texts.step(step + 1, texts.names[step] ?? '')}
      dirty={dirty}
      width="44rem"
    >
      <Form
        form={form}
        inDialog
        always
        action={step < 2 ? texts.next : texts.create}
        {...(step === 0 ? { onCancel: onClose } : {})}
        foot={step > 0 ? <Button onClick={() => setStep(step - 1)}>{texts.back}</Button> : null}
      >
        <Step step={step} form={form} />
      </Form>
    </Dialog>
  );
}

function Step({ step, form: { values, set } }: { step: number; form: FormState<Values> }) {
  if (step === 1) return <EventsField value={values.events} onChange={(value) => set('events', value)} />;
  if (step === 2) {
    return (
      <>
        <OrderField value={values.ordered} onChange={(value) => set('ordered', value)} />
        <RateField value={values.rate} onChange={(value) => set('rate', value)} />
        <HeadersField headers={values.headers} onChange={(value) => set('headers', value)} />
      </>
    );
  }
  return (
    <>
      <TextField
        label={texts.url}
        pointer="/url"
        hint={texts.urlHint}
        mono
        type="url"
        maxLength={2048}
        placeholder="https://app.example.com/hooks"
        value={values.url}
        onChange={(value) => set('url', value)}
        autoFocus
      />
      <TextField
        label={texts.description}
        pointer="/description"
        optional
        hint={texts.descriptionHint}
        maxLength={500}
        value={values.description}
        onChange={(value) => set('description', value)}
      />
    </>
  );
}

/** The step that has the field which the server refused. */
function stepOf(error: unknown): number {
  const pointers = error instanceof CarcosaError ? error.errors.map((one) => one.pointer ?? '') : [];
  if (pointers.some((pointer) => pointer === '/url' || pointer === '/description')) return 0;
  return pointers.some((pointer) => pointer.startsWith('/event_types')) ? 1 : 2;
}

function useCreate(tenant: EndpointOwner | undefined, done: (endpoint: EndpointWithSecret) => void) {
  const { api } = useProject();
  const refresh = useRefresh();
  return async (values: Values, key: string) => {
    const body = {
      url: values.url.trim(),
      description: values.description.trim() || null,
      event_types: values.events,
      headers: headersToSend(values.headers),
      ordered: values.ordered,
      rate_limit: values.rate === '' ? null : Number(values.rate),
    };
    const headers = { 'Idempotency-Key': key };
    const made = await (tenant
      ? ok(api.POST('/v1/tenants/{tenant}/webhook-endpoints', { params: { path: { tenant: tenant.id } }, body, headers }))
      : ok(api.POST('/v1/webhook-endpoints', { body, headers })));
    void refresh('webhooks', 'tenants', 'audit');
    done(made);
  };
}
