/** Fields of a key's limits, in the dialog that creates it and on its page. */

import { messages } from '../../i18n/messages.ts';
import { CountField } from '../../ui/count-field.tsx';
import { DateTimeField, SelectField } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';
import { Tokens } from '../../ui/picker.tsx';
import type { Schemas } from '@carcosa/client';
import type { ApiKey } from './model.ts';
import './keys.css';

const texts = messages('keys.limits', {
  expiry: 'Expires',
  never: 'Never',
  days: (days: number) => `In ${days} days`,
  date: 'At a date',
  until: 'Works until',
  ips: 'Works from',
  ipsHint: 'IP addresses and networks such as 203.0.113.0/24. From anywhere when empty.',
  anywhere: 'Anywhere',
  limit: 'Rate limit',
  limitHint: 'Calls. Empty for any number.',
  period: 'Per',
  periods: { 1: 'Second', 60: 'Minute', 3600: 'Hour', 86400: 'Day' } as Record<string, string>,
  seconds: (count: string) => `${count} seconds`,
  burst: 'At once',
  burstHint: 'So many together.',
  credits: 'Credits',
  creditsHint: 'Calls that it may make altogether; empty for any number.',
  refill: 'Refilled',
  refills: { none: 'Never', hour: 'Every hour', day: 'Every day', month: 'Every month' } as Record<Refill, string>,
  amount: 'Refilled to',
  amountHint: 'At the start of each period, in UTC, whatever was left.',
});

export type Expiry = 'never' | '30' | '90' | '365' | 'date';
export type Refill = 'none' | 'hour' | 'day' | 'month';

/** Limits as they are typed. */
export interface LimitValues {
  limit: string;
  period: string;
  burst: string;
}
export interface CreditValues {
  credits: string;
  refill: Refill;
  amount: string;
}

export const limitsOf = (key?: ApiKey): LimitValues => ({
  limit: key?.rate_limit ? String(key.rate_limit.limit) : '',
  period: String(key?.rate_limit?.period_seconds ?? 60),
  burst: key?.rate_limit?.burst ? String(key.rate_limit.burst) : '',
});

/** The limit to send; `null` for none. */
export const limitToSend = ({ limit, period, burst }: LimitValues): Schemas['RateLimit'] | null =>
  limit.trim() === '' ? null : { limit: Number(limit), period_seconds: Number(period), ...(burst.trim() === '' ? {} : { burst: Number(burst) }) };

export const refillToSend = ({ refill, amount, credits }: CreditValues): Schemas['Refill'] | null =>
  refill === 'none' ? null : { every: refill, amount: Number(amount.trim() === '' ? credits : amount) };

export const creditsToSend = (values: CreditValues): Schemas['Credits'] | null =>
  values.credits.trim() === '' ? null : { remaining: Number(values.credits), refill: refillToSend(values) };

/** When it ends, reckoned from when the form was opened, so that sending it again sends the same. */
export function expiryToSend(expiry: Expiry, date: string, from: number): string | null {
  if (expiry === 'never') return null;
  if (expiry === 'date') return date || null;
  return new Date(from + Number(expiry) * 86_400_000).toISOString();
}

export function ExpiryField({
  expiry,
  date,
  onExpiry,
  onDate,
}: {
  expiry: Expiry;
  date: string;
  onExpiry: (expiry: Expiry) => void;
  onDate: (date: string) => void;
}) {
  return (
    <div className="fields-2">
      <SelectField
        label={texts.expiry}
        pointer="/expires_at"
        value={expiry}
        onChange={onExpiry}
        choices={[
          { value: 'never', text: texts.never },
          ...([30, 90, 365] as const).map((days) => ({ value: String(days) as Expiry, text: texts.days(days) })),
          { value: 'date', text: texts.date },
        ]}
      />
      {expiry === 'date' ? <DateTimeField label={texts.until} pointer="/expires_at" value={date} onChange={onDate} /> : null}
    </div>
  );
}

export function IpsField({ values, onChange }: { values: readonly string[]; onChange: (values: string[]) => void }) {
  return (
    <Field label={texts.ips} pointer="/allowed_ips" hint={texts.ipsHint}>
      {(control) => <Tokens control={control} values={values} onChange={onChange} placeholder={texts.anywhere} />}
    </Field>
  );
}

export function RateFields({ values, set }: { values: LimitValues; set: <Name extends keyof LimitValues>(name: Name, value: LimitValues[Name]) => void }) {
  const periods = Object.keys(texts.periods);
  const known = periods.includes(values.period) ? periods : [...periods, values.period];
  return (
    <div className="keys-three">
      <CountField
        label={texts.limit}
        pointer="/rate_limit"
        hint={texts.limitHint}
        value={values.limit}
        onChange={(value) => set('limit', value)}
      />
      {values.limit === '' ? null : (
        <>
          <SelectField
            label={texts.period}
            pointer="/rate_limit/period_seconds"
            value={values.period}
            choices={known.map((value) => ({ value, text: texts.periods[value] ?? texts.seconds(value) }))}
            onChange={(value) => set('period', value)}
          />
          <CountField
            label={texts.burst}
            pointer="/rate_limit/burst"
            optional
            hint={texts.burstHint}
            value={values.burst}
            onChange={(value) => set('burst', value)}
          />
        </>
      )}
    </div>
  );
}

export function CreditFields({ values, set }: { values: CreditValues; set: <Name extends keyof CreditValues>(name: Name, value: CreditValues[Name]) => void }) {
  return (
    <div className="fields-2">
      <CountField
        label={texts.credits}
        pointer="/credits"
        hint={texts.creditsHint}
        value={values.credits}
        onChange={(value) => set('credits', value)}
      />
      {values.credits === '' ? null : <RefillFields values={values} set={set} />}
    </div>
  );
}

export function RefillFields({
  values,
  set,
}: {
  values: Pick<CreditValues, 'refill' | 'amount'> & { credits: string };
  set: <Name extends 'refill' | 'amount'>(name: Name, value: CreditValues[Name]) => void;
}) {
  return (
    <>
      <SelectField
        label={texts.refill}
        pointer="/credits/refill"
        value={values.refill}
        choices={(Object.keys(texts.refills) as Refill[]).map((value) => ({ value, text: texts.refills[value] }))}
        onChange={(value) => set('refill', value)}
      />
      {values.refill === 'none' ? null : (
        <CountField
          label={texts.amount}
          pointer="/credits/refill/amount"
          hint={texts.amountHint}
          placeholder={values.credits}
          value={values.amount}
          onChange={(value) => set('amount', value)}
        />
      )}
    </>
  );
}
