/** When a role gives its permissions. The sentence above the fields says what they mean together. */

import { dateTime } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Checkbox, DateTimeField, SelectField, TextField } from '../../ui/fields.tsx';
import { Field, Form, type FormState } from '../../ui/form.tsx';
import { Conflict, plainly } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import { Tokens } from '../../ui/picker.tsx';
import { Note } from '../../ui/states.tsx';
import { isNetwork } from '../access/address.ts';
import { conditionSentence, offsetName, weekday } from './conditions.ts';
import { type ConditionValues, EVERY_DAY, conditionsOf, offsets, valuesOf } from './conditions-form.ts';
import type { Role } from './data.ts';
import { useRolePart } from './part.ts';

const texts = messages('role-conditions', {
  title: 'Conditions',
  mfa: 'Second factor',
  mfaAny: 'Does not matter',
  mfaYes: 'Signed in with one',
  mfaNo: 'Signed in without one',
  plans: 'Plans of the tenant',
  plansHint: 'Any of these; any plan when empty.',
  regions: 'Regions of the tenant',
  addresses: 'Addresses of the caller',
  addressesHint: 'Addresses or networks, such as 203.0.113.0/24; from anywhere when empty.',
  from: 'Hours of the day: from',
  to: 'Until',
  hoursHint: 'An end before the beginning is on the next day.',
  zone: 'Clock',
  zoneHint: 'There is no summer time.',
  days: 'Days',
  notBefore: 'Not before',
  notAfter: 'Not after',
  strange: (words: string) => `No address or network: ${words}`,
  bothHours: 'Give both times, or none.',
  sameHours: 'The two times must differ.',
  noDay: 'Choose at least one day.',
  order: 'This must be later than the other.',
});

function check({ addresses, from, to, days, notBefore, notAfter }: ConditionValues) {
  const strange = addresses.filter((one) => !isNetwork(one));
  const half = (from === '') !== (to === '');
  return {
    '/conditions/addresses': strange.length > 0 ? texts.strange(strange.join(', ')) : undefined,
    '/conditions/hours/from': half && from === '' ? texts.bothHours : undefined,
    '/conditions/hours/to': half && to === '' ? texts.bothHours : from !== '' && from === to ? texts.sameHours : undefined,
    '/conditions/hours/days': from !== '' && days.length === 0 ? texts.noDay : undefined,
    '/conditions/not_after': notBefore !== '' && notAfter !== '' && Date.parse(notAfter) <= Date.parse(notBefore) ? texts.order : undefined,
  };
}

export function ConditionsCard({ role, editable }: { role: Role; editable: boolean }) {
  return (
    <Card title={texts.title}>{editable ? <Editor role={role} /> : <p>{conditionSentence(role.conditions)}</p>}</Card>
  );
}

function Editor({ role }: { role: Role }) {
  const merge = useRolePart({
    role,
    read: ({ conditions }) => valuesOf(conditions),
    check,
    patch: (values) => ({ conditions: conditionsOf(values) }),
  });
  const { form } = merge;
  const { values, set } = form;
  return (
    <Form form={form}>
      <div role="status">
        <Note>{conditionSentence(conditionsOf(values))}</Note>
      </div>
      <SelectField
        label={texts.mfa}
        pointer="/conditions/mfa"
        value={values.mfa}
        choices={[
          { value: '', text: texts.mfaAny },
          { value: 'yes', text: texts.mfaYes },
          { value: 'no', text: texts.mfaNo },
        ]}
        onChange={(mfa) => set('mfa', mfa)}
      />
      <div className="fields-2">
        <Words form={form} name="plans" label={texts.plans} hint={texts.plansHint} placeholder="pro" />
        <Words form={form} name="regions" label={texts.regions} placeholder="eu" />
      </div>
      <Words form={form} name="addresses" label={texts.addresses} hint={texts.addressesHint} placeholder="203.0.113.0/24" />
      <HoursFields form={form} />
      <div className="fields-2">
        <DateTimeField
          label={texts.notBefore}
          pointer="/conditions/not_before"
          optional
          value={values.notBefore}
          onChange={(at) => set('notBefore', at)}
        />
        <DateTimeField label={texts.notAfter} pointer="/conditions/not_after" optional value={values.notAfter} onChange={(at) => set('notAfter', at)} />
      </div>
      <Conflict merge={merge} names={{ ...texts, offset: texts.zone }} show={shown} />
    </Form>
  );
}

/** A value of the form in words. */
function shown(value: ConditionValues[keyof ConditionValues], name: keyof ConditionValues): string {
  if (name === 'mfa') return value === 'yes' ? texts.mfaYes : value === 'no' ? texts.mfaNo : texts.mfaAny;
  if (name === 'offset') return offsetName(Number(value));
  if (name === 'days') return (value as number[]).map((day) => weekday(day)).join(', ');
  return value !== '' && (name === 'notBefore' || name === 'notAfter') ? dateTime(value as string) : plainly(value);
}

function Words({
  form,
  name,
  label,
  hint,
  placeholder,
}: {
  form: FormState<ConditionValues>;
  name: 'plans' | 'regions' | 'addresses';
  label: string;
  hint?: string;
  placeholder: string;
}) {
  return (
    <Field label={label} pointer={`/conditions/${name}`} hint={hint}>
      {(control) => (
        <Tokens control={control} values={form.values[name]} placeholder={placeholder} onChange={(words) => form.set(name, words)} />
      )}
    </Field>
  );
}

function HoursFields({ form }: { form: FormState<ConditionValues> }) {
  const { values, set } = form;
  const on = values.from !== '' || values.to !== '';
  return (
    <>
      <div className="fields-2">
        <TextField
          label={texts.from}
          pointer="/conditions/hours/from"
          type="time"
          value={values.from}
          onChange={(from) => set('from', from)}
        />
        <TextField
          label={texts.to}
          pointer="/conditions/hours/to"
          type="time"
          hint={texts.hoursHint}
          value={values.to}
          onChange={(to) => set('to', to)}
        />
      </div>
      {on ? (
        <>
          <Field label={texts.days} pointer="/conditions/hours/days">
            {(control) => (
              <div className="days" role="group" id={control.id} aria-describedby={control['aria-describedby']}>
                {EVERY_DAY.map((day) => (
                  <Checkbox
                    key={day}
                    label={weekday(day)}
                    checked={values.days.includes(day)}
                    onChange={(checked) =>
                      set('days', EVERY_DAY.filter((one) => (one === day ? checked : values.days.includes(one))))
                    }
                  />
                ))}
              </div>
            )}
          </Field>
          <SelectField
            label={texts.zone}
            pointer="/conditions/hours/utc_offset_minutes"
            hint={texts.zoneHint}
            value={values.offset}
            choices={offsets(Number(values.offset)).map((minutes) => ({ value: String(minutes), text: offsetName(minutes) }))}
            onChange={(offset) => set('offset', offset)}
          />
        </>
      ) : null}
    </>
  );
}
