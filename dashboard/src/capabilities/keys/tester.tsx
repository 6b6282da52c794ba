/** Tries out what a verification of a key would answer, without taking anything of its limits. */

import { type Schemas, ok } from '@carcosa/client';
import { useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Time } from '../../ui/display.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Field, Form, useForm } from '../../ui/form.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Facts } from '../../ui/page.tsx';
import { Tokens } from '../../ui/picker.tsx';
import { Note } from '../../ui/states.tsx';
import { scopesText } from './model.ts';

type Verification = Schemas['KeyVerification'];

const texts = messages('keys.tester', {
  title: 'Test a key',
  note: 'Asks what your application would be told. Nothing is taken of its limits, and the text is not kept.',
  key: 'Key',
  permissions: 'Must be allowed to',
  permissionsHint: 'Permissions such as tenant:read. Any key will do when empty.',
  ip: 'Presented from',
  ipHint: 'An IP address. A key with an allow-list is refused without.',
  tenant: 'Must belong to',
  tenantHint: 'A tenant: its id, slug:acme or ext:42.',
  test: 'Test',
  close: 'Close',
  noKey: 'Paste the text of a key.',
  yes: 'It would be let in',
  no: 'It would be refused',
  facts: {
    key: 'Key',
    tenant: 'Tenant',
    project: 'none: a key of the project',
    may: 'May do',
    credits: 'Credits left',
    rate: 'Rate limit left',
    expires: 'Expires',
    code: 'Code',
  },
  rate: (remaining: string, limit: string) => `${remaining} of ${limit}`,
  codes: {
    malformed: 'This cannot be a key: it is mistyped, or something else.',
    not_found: 'No key of this project has this secret: it is cut off, was rotated away, or is of another project.',
    revoked: 'The key was revoked. It will never work again.',
    disabled: 'The key is turned off. Turn it on on its page to let it in.',
    expired: 'The key has expired.',
    tenant_suspended: 'Its tenant is suspended, and its keys with it.',
    tenant_not_active: 'Its tenant is not active: pending, archived or deleted.',
    tenant_mismatch: 'The key is not one of the tenant that you named.',
    forbidden_ip: 'The key works from certain addresses alone, and this is none of them.',
    insufficient_permissions: 'The key lacks a permission that you asked for.',
    rate_limited: 'It is used too often just now.',
    credits_exhausted: 'Its credits are used up.',
    valid: 'The key is valid, and may do what you asked for.',
  } as Record<Verification['code'], string>,
});

export function KeyTester({ open, onClose }: { open: boolean; onClose: () => void }) {
  return open ? <Tester onClose={onClose} /> : null;
}

const START = { key: '', permissions: [] as string[], ip: '', tenant: '' };

function Tester({ onClose }: { onClose: () => void }) {
  const { api } = useProject();
  const [answer, setAnswer] = useState<Verification>();
  const form = useForm({
    initial: START,
    check: (values) => ({ '/key': values.key.trim() === '' ? texts.noKey : undefined }),
    send: async ({ key, permissions, ip, tenant }) => {
      setAnswer(undefined);
      const body = { key: key.trim(), cost: 0, permissions, ip: ip.trim() || null, tenant: tenant.trim() || null };
      setAnswer(await ok(api.POST('/v1/keys/verify', { body })));
    },
  });
  const { values, set } = form;
  return (
    <Dialog open onClose={onClose} title={texts.title} note={texts.note}>
      <Form form={form} inDialog always action={texts.test} foot={<Button onClick={onClose}>{texts.close}</Button>}>
        <TextField label={texts.key} pointer="/key" mono value={values.key} onChange={(value) => set('key', value)} placeholder="ck_live_…" autoFocus />
        <Field label={texts.permissions} pointer="/permissions" hint={texts.permissionsHint}>
          {(control) => <Tokens control={control} values={values.permissions} onChange={(value) => set('permissions', value)} />}
        </Field>
        <div className="fields-2">
          <TextField label={texts.ip} pointer="/ip" hint={texts.ipHint} optional value={values.ip} onChange={(value) => set('ip', value)} />
          <TextField label={texts.tenant} pointer="/tenant" hint={texts.tenantHint} optional value={values.tenant} onChange={(value) => set('tenant', value)} />
        </div>
        {answer ? <Decision answer={answer} /> : null}
      </Form>
    </Dialog>
  );
}

function Decision({ answer }: { answer: Verification }) {
  const to = usePaths();
  const { facts } = texts;
  return (
    <div className="stack" role="status">
      <Note tone={answer.valid ? 'good' : 'bad'}>
        <p className="strong">{answer.valid ? texts.yes : texts.no}</p>
        <p>{texts.codes[answer.code] ?? answer.detail}</p>
      </Note>
      <Facts
        facts={[
          [facts.code, <Badge key="code">{answer.code}</Badge>],
          [facts.key, answer.key_id ? <AppLink href={to.key(answer.key_id)}>{answer.name ?? answer.key_id}</AppLink> : undefined],
          [
            facts.tenant,
            answer.tenant ? (
              <AppLink href={to.tenant(answer.tenant.id)}>{answer.tenant.slug}</AppLink>
            ) : answer.key_id ? (
              <span className="dim">{facts.project}</span>
            ) : undefined,
          ],
          [facts.may, answer.permissions ? <span title={answer.permissions.join(', ')}>{scopesText(answer.permissions)}</span> : undefined],
          [facts.credits, answer.credits_remaining === null ? undefined : number(answer.credits_remaining)],
          [facts.rate, answer.rate_limit ? texts.rate(number(answer.rate_limit.remaining), number(answer.rate_limit.limit)) : undefined],
          [facts.expires, answer.expires_at ? <Time at={answer.expires_at} /> : undefined],
        ]}
      />
    </div>
  );
}
