/** The credits of a key: how many are left, and more of them. */

import { ok } from '@carcosa/client';
import { useState } from 'react';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CountField } from '../../ui/count-field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Card } from '../../ui/page.tsx';
import { type CreditValues, RefillFields, refillToSend } from './limits.tsx';
import type { ApiKey } from './model.ts';
import { Radios } from '../../ui/choices.tsx';

const texts = messages('keys.credits', {
  title: 'Credits',
  none: 'It may be used any number of times. Give it credits to sell or to cap its calls.',
  left: 'left',
  refill: (amount: string, every: string) => `Refilled to ${amount} every ${every}.`,
  noRefill: 'Not refilled: when they are spent, calls are refused with credits_exhausted.',
  leased: 'Each node may hold up to 100 more that it has not spent yet.',
  every: { hour: 'hour', day: 'day', month: 'month' } as Record<string, string>,
  give: 'Give credits',
  topUp: 'Top up',
  how: 'How',
  add: 'Add to what is left',
  set: 'Set to an amount',
  off: 'Take the budget away',
  offHint: 'It may then be used any number of times.',
  amount: 'Credits',
  becomes: (sum: string) => `Then about ${sum} are left.`,
  save: 'Save credits',
  noAmount: 'Say how many.',
});

export function CreditsCard({ apiKey }: { apiKey: ApiKey }) {
  const { can } = useProject();
  const [open, setOpen] = useState(false);
  const { credits } = apiKey;
  const mayChange = can('key:update') && !apiKey.revoked_at;
  return (
    <Card
      title={texts.title}
      actions={mayChange ? <Button onClick={() => setOpen(true)}>{credits ? texts.topUp : texts.give}</Button> : null}
    >
      {credits ? (
        <>
          <p>
            <span className="figure-value">{number(credits.remaining)}</span> <span className="dim">{texts.left}</span>
          </p>
          <p className="dim small">
            {credits.refill ? texts.refill(number(credits.refill.amount), texts.every[credits.refill.every] ?? '') : texts.noRefill} {texts.leased}
          </p>
        </>
      ) : (
        <p className="dim">{texts.none}</p>
      )}
      {open ? <TopUp apiKey={apiKey} onClose={() => setOpen(false)} /> : null}
    </Card>
  );
}

interface Values {
  how: 'add' | 'set' | 'off';
  amount: string;
  refill: CreditValues['refill'];
  refilled: string;
}

function TopUp({ apiKey: shown, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  // As the form was filled: someone else's change meanwhile is refused by its version, not overwritten.
  const [apiKey] = useState(shown);
  const { credits } = apiKey;
  const form = useForm<Values>({
    initial: {
      how: credits ? 'add' : 'set',
      amount: '',
      refill: credits?.refill?.every ?? 'none',
      refilled: credits?.refill ? String(credits.refill.amount) : '',
    },
    check: ({ how, amount }) => ({ '/credits/remaining': how === 'set' && amount === '' ? texts.noAmount : undefined }),
    send: useSend(apiKey, onClose),
  });
  const { values, set } = form;
  const sum = (credits?.remaining ?? 0) + Number(values.amount);
  return (
    <Dialog open onClose={onClose} title={credits ? texts.topUp : texts.give} dirty={form.dirty}>
      <Form form={form} inDialog action={texts.save} onCancel={onClose}>
        {credits ? (
          <Radios
            label={texts.how}
            value={values.how}
            onChange={(how) => set('how', how)}
            choices={[
              { value: 'add', text: texts.add },
              { value: 'set', text: texts.set },
              { value: 'off', text: texts.off, hint: texts.offHint },
            ]}
          />
        ) : null}
        {values.how === 'off' ? null : (
          <>
            <CountField
              label={texts.amount}
              pointer="/credits/remaining"
              hint={values.how === 'add' && values.amount !== '' ? texts.becomes(number(sum)) : undefined}
              value={values.amount}
              onChange={(value) => set('amount', value)}
            />
            <div className="fields-2">
              <RefillFields
                values={{ refill: values.refill, amount: values.refilled, credits: values.how === 'add' ? String(sum) : values.amount }}
                set={(name, value) => (name === 'refill' ? set('refill', value as Values['refill']) : set('refilled', value))}
              />
            </div>
          </>
        )}
      </Form>
    </Dialog>
  );
}

function useSend(apiKey: ApiKey, done: () => void) {
  const { api } = useProject();
  const refresh = useRefresh();
  const path = { api_key: apiKey.id };
  return async ({ how, amount, refill, refilled }: Values) => {
    // What is spent makes no version, so what is added to is read anew.
    const now = how === 'add' ? await ok(api.GET('/v1/keys/{api_key}', { params: { path } })) : apiKey;
    const remaining = how === 'add' ? (now.credits?.remaining ?? 0) + Number(amount) : Number(amount);
    const credits = { remaining, refill: refillToSend({ refill, amount: refilled, credits: String(remaining) }) };
    try {
      await ok(api.PATCH('/v1/keys/{api_key}', { params: { path }, body: { credits: how === 'off' ? null : credits }, headers: ifMatch(apiKey.version) }));
    } finally {
      void refresh('keys', 'audit');
    }
    done();
  };
}
