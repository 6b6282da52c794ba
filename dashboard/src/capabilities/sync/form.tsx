/** Registering a copy, and changing a registered one. */

import { type Schemas, ok } from '@carcosa/client';
import { useNavigate } from '@tanstack/react-router';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { Checkbox, SelectField, TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form, type FormState, useForm } from '../../ui/form.tsx';
import { Conflict, plainly, useMergeForm } from '../../ui/merge-form.tsx';
import { type SyncClient, type SyncType, TYPES, typeName } from './model.ts';

const texts = messages('sync-form', {
  create: 'Register a copy',
  createNote: 'The copy itself needs an API key with the scopes sync:read and sync:update, and reports with the id that you get.',
  edit: 'Change the copy',
  name: 'Name',
  nameHint: 'What keeps the copy: “Search index”, “Billing database”.',
  description: 'Description',
  types: 'What it keeps',
  typesHint: 'How far it is behind is counted for these alone.',
  typesNone: 'Choose at least one.',
  silent: 'Silent after',
  silentHint: 'Without word from it for this long, it counts as silent and is shown as needing attention.',
  register: 'Register',
  save: 'Save',
  periods: {
    '60': '1 minute',
    '300': '5 minutes',
    '900': '15 minutes',
    '3600': '1 hour',
    '21600': '6 hours',
    '86400': '1 day',
    '604800': '7 days',
  } as Record<string, string>,
  seconds: (count: string) => `${count} seconds`,
});

interface Values {
  name: string;
  description: string;
  types: SyncType[];
  silent: string;
}

const USUAL_SILENCE = 900;
const valuesOf = (client: SyncClient | undefined): Values => ({
  name: client?.name ?? '',
  description: client?.description ?? '',
  types: client?.types ?? [...TYPES],
  silent: String(client?.silent_after_seconds ?? USUAL_SILENCE),
});

export function SyncClientForm({ open, onClose, client }: { open: boolean; onClose: () => void; client?: SyncClient }) {
  // Begun anew each time: what was typed before belongs to another copy.
  if (!open) return null;
  return client ? <Change onClose={onClose} client={client} /> : <Register onClose={onClose} />;
}

const check = ({ types }: Values) => ({ '/types': types.length === 0 ? texts.typesNone : undefined });

function Register({ onClose }: { onClose: () => void }) {
  const { api, project } = useProject();
  const refresh = useRefresh();
  const navigate = useNavigate();
  const form = useForm<Values>({
    initial: valuesOf(undefined),
    check,
    send: async ({ name, description, types, silent }, key) => {
      const body = { name: name.trim(), description: description.trim() || null, types, silent_after_seconds: Number(silent) };
      const made = await ok(api.POST('/v1/sync/clients', { body, headers: { 'Idempotency-Key': key } }));
      void refresh('sync');
      // Instead of the address of this dialog: going back must not open it again.
      await navigate({ to: projectPaths(project.slug).syncClient(made.id), replace: true });
    },
  });
  return (
    <Dialog open onClose={onClose} dirty={form.dirty} title={texts.create} note={texts.createNote}>
      <Form form={form} inDialog action={texts.register} onCancel={onClose}>
        <FieldsOf form={form} silent={String(USUAL_SILENCE)} />
      </Form>
    </Dialog>
  );
}

/** What differs, as a merge patch. */
function patchOf(now: Values, over: SyncClient): Schemas['UpdateSyncClient'] {
  const was = valuesOf(over);
  return {
    ...(now.name === was.name ? {} : { name: now.name.trim() }),
    ...(now.description === was.description ? {} : { description: now.description.trim() || null }),
    ...(now.types.join() === was.types.join() ? {} : { types: now.types }),
    ...(now.silent === was.silent ? {} : { silent_after_seconds: Number(now.silent) }),
  };
}

function Change({ onClose, client }: { onClose: () => void; client: SyncClient }) {
  const { api } = useProject();
  const refresh = useRefresh();
  const params = { path: { sync_client: client.id } };
  // The page reads it anew every few seconds: what others save meanwhile must not be written over.
  const merge = useMergeForm<SyncClient, Values>({
    item: client,
    read: valuesOf,
    check,
    reload: () => ok(api.GET('/v1/sync/clients/{sync_client}', { params })),
    save: async (values, over) => {
      const headers = ifMatch(over.version);
      return { ...over, ...(await ok(api.PATCH('/v1/sync/clients/{sync_client}', { params, body: patchOf(values, over), headers }))) };
    },
    saved: () => {
      void refresh('sync', 'audit');
      onClose();
    },
  });
  const { form } = merge;
  return (
    <Dialog open onClose={onClose} dirty={form.dirty} title={texts.edit}>
      <Form form={form} inDialog action={texts.save} onCancel={onClose}>
        <FieldsOf form={form} silent={String(client.silent_after_seconds)} />
        <Conflict merge={merge} names={{ name: texts.name, description: texts.description, types: texts.types, silent: texts.silent }} show={shown} />
      </Form>
    </Dialog>
  );
}

/** A value of the form in words. */
function shown(value: Values[keyof Values]): string {
  return plainly(Array.isArray(value) ? value.map(typeName) : (texts.periods[value] ?? value));
}

function FieldsOf({ form, silent }: { form: FormState<Values>; silent: string }) {
  return (
    <>
      <TextField label={texts.name} pointer="/name" hint={texts.nameHint} maxLength={100} autoFocus value={form.values.name} onChange={(name) => form.set('name', name)} />
      <TextAreaField label={texts.description} pointer="/description" optional value={form.values.description} onChange={(text) => form.set('description', text)} />
      <Types value={form.values.types} error={form.errorAt('/types')} onChange={(types) => form.set('types', types)} />
      <SelectField label={texts.silent} pointer="/silent_after_seconds" hint={texts.silentHint} value={form.values.silent} choices={periods(silent)} onChange={(value) => form.set('silent', value)} />
    </>
  );
}

/** The usual ones, and the one that it has. */
function periods(current: string) {
  const known = Object.keys(texts.periods);
  const all = known.includes(current) ? known : [...known, current].sort((a, b) => Number(a) - Number(b));
  return all.map((value) => ({ value, text: texts.periods[value] ?? texts.seconds(value) }));
}

function Types({ value, error, onChange }: { value: SyncType[]; error: string | undefined; onChange: (value: SyncType[]) => void }) {
  const toggle = (type: SyncType, on: boolean) => onChange(TYPES.filter((one) => (one === type ? on : value.includes(one))));
  return (
    <fieldset className="field sync-types">
      <legend className="field-label">{texts.types}</legend>
      <div className="row" style={{ '--gap': 'var(--space-4)' } as never}>
        {TYPES.map((type) => (
          <Checkbox key={type} label={typeName(type)} checked={value.includes(type)} onChange={(on) => toggle(type, on)} />
        ))}
      </div>
      <div className="field-hint">{texts.typesHint}</div>
      {error ? <div className="field-error">{error}</div> : null}
    </fieldset>
  );
}
