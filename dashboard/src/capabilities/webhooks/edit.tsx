/** Changes an endpoint. */

import { ok } from '@carcosa/client';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Checkbox, TextField } from '../../ui/fields.tsx';
import { Form } from '../../ui/form.tsx';
import { Conflict, plainly, useMergeForm } from '../../ui/merge-form.tsx';
import { EventsField } from './events-field.tsx';
import type { Endpoint } from './model.ts';
import { type Header, HeadersField, OrderField, type OptionValues, RateField, headersToSend } from './options.tsx';

const texts = messages('webhooks.edit', {
  title: 'Edit endpoint',
  url: 'Address',
  description: 'What for',
  replace: (names: string) => `Replace the headers (${names})`,
  add: 'Send headers along',
  replaceHint: 'What stands here replaces all headers. An address on another host needs them again: the present ones are meant for the old one.',
  noUrl: 'Give the address to which events are sent.',
  noValue: 'Give each header its value again, or remove it: values are never shown.',
  noEvents: 'Choose at least one type of event.',
  names: {
    url: 'Address',
    description: 'What for',
    events: 'Events',
    ordered: 'Strict order',
    rate: 'Rate limit',
    headers: 'Headers',
    replace: 'Headers',
  } satisfies Record<keyof Values, string>,
});

interface Values extends OptionValues {
  url: string;
  description: string;
  events: string[];
  replace: boolean;
}

const valuesOf = (endpoint: Endpoint): Values => ({
  url: endpoint.url,
  description: endpoint.description ?? '',
  events: endpoint.event_types,
  replace: false,
  headers: endpoint.header_names.map((name) => ({ name, value: '' })),
  rate: endpoint.rate_limit === null ? '' : String(endpoint.rate_limit),
  ordered: endpoint.ordered,
});

function check(values: Values): Record<string, string | undefined> {
  const unsaid = values.replace && values.headers.some(({ name, value }) => name.trim() !== '' && value === '');
  return {
    '/url': values.url.trim() === '' ? texts.noUrl : undefined,
    '/event_types': values.events.length === 0 ? texts.noEvents : undefined,
    '/headers': unsaid ? texts.noValue : undefined,
  };
}

export function EditEndpoint({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const merge = useMergeForm<Endpoint, Values>({ item: endpoint, read: valuesOf, check, saved: onClose, ...useSave(endpoint.id) });
  const { form } = merge;
  const { values, set } = form;
  const names = endpoint.header_names.join(', ');
  return (
    <Dialog open onClose={onClose} title={texts.title} dirty={form.dirty} width="44rem">
      <Form form={form} inDialog onCancel={onClose}>
        <TextField label={texts.url} pointer="/url" mono type="url" maxLength={2048} value={values.url} onChange={(value) => set('url', value)} />
        <TextField label={texts.description} pointer="/description" optional maxLength={500} value={values.description} onChange={(value) => set('description', value)} />
        <EventsField value={values.events} onChange={(value) => set('events', value)} />
        <OrderField value={values.ordered} onChange={(value) => set('ordered', value)} />
        <RateField value={values.rate} onChange={(value) => set('rate', value)} />
        <Checkbox checked={values.replace} onChange={(on) => set('replace', on)} label={names ? texts.replace(names) : texts.add} />
        {values.replace ? <HeadersField headers={values.headers} onChange={(value) => set('headers', value)} hint={texts.replaceHint} /> : null}
        <Conflict merge={merge} names={texts.names} show={shown} />
      </Form>
    </Dialog>
  );
}

/** Of headers, their names: values are never shown. */
const shown = (value: Values[keyof Values], name: keyof Values): string =>
  plainly(name === 'headers' ? (value as Header[]).map((header) => header.name) : value);

/** Sends only what was changed. */
function useSave(id: string) {
  const { api } = useProject();
  const refresh = useRefresh();
  const params = { path: { webhook_endpoint: id } };
  return {
    reload: () => ok(api.GET('/v1/webhook-endpoints/{webhook_endpoint}', { params })),
    save: async (values: Values, over: Endpoint) => {
      const before = valuesOf(over);
      const changed = (name: keyof Values) => JSON.stringify(values[name]) !== JSON.stringify(before[name]);
      const body = {
        ...(changed('url') ? { url: values.url.trim() } : {}),
        ...(changed('description') ? { description: values.description.trim() || null } : {}),
        ...(changed('events') ? { event_types: values.events } : {}),
        ...(changed('ordered') ? { ordered: values.ordered } : {}),
        ...(changed('rate') ? { rate_limit: values.rate === '' ? null : Number(values.rate) } : {}),
        ...(values.replace ? { headers: headersToSend(values.headers) } : {}),
      };
      try {
        return await ok(api.PATCH('/v1/webhook-endpoints/{webhook_endpoint}', { params, body, headers: ifMatch(over.version) }));
      } finally {
        // Refused or not: what someone else made of it is shown.
        void refresh('webhooks', 'audit');
      }
    },
  };
}
