/** Checks a signature in the browser and says what is wrong with it. The secret stays on the page. */

import { useState } from 'react';
import { duration } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Panel } from '../../ui/dialog.tsx';
import { TextAreaField, TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';
import type { Endpoint } from './model.ts';
import { type Mend, type Verdict, examine } from './verify.ts';

const texts = messages('webhooks.signature', {
  title: 'Check a signature',
  note: 'For when your application refuses what Carcosa sends. Paste what it received; all of it is checked here in the browser, and nothing is sent anywhere.',
  secret: 'Signing secret',
  secretHint: 'The one that your application verifies with.',
  headers: 'Headers',
  headersHint: 'As received, one in a line. Needed are webhook-id, webhook-timestamp and webhook-signature.',
  body: 'Body',
  bodyHint: 'Exactly as received, before it is parsed.',
  check: 'Check',
  good: (age: string) => `The signature is right, and the message is ${age} old. Your application should take it.`,
  bad_secret: 'This is no signing secret: it is “whsec_” and base64. It may be cut off, or the key of something else.',
  missing: (header: string) => `The header ${header} is missing. A proxy may take it away, or your code looks under another name.`,
  bad_timestamp: (value: string) => `webhook-timestamp is “${value}”, which is no time. It is seconds since 1970.`,
  too_old: (age: string) => `The signature is right, but the message is ${age} old. Verifiers take what is at most five minutes old, so that nobody can send it again later. Of a delivery in the log this is to be expected; if it is new, look at your server’s clock.`,
  too_new: (age: string) => `The signature is right, but the message is from ${age} in the future. Look at your server’s clock.`,
  no_signature: 'webhook-signature has no signature of version v1 or v1a.',
  wrong_secret: 'The secret is wrong. Headers and body are exactly what Carcosa sent, but were signed with another secret: one of another endpoint, or from before a rotation.',
  changed: 'Body or headers are not what Carcosa sent: webhook-id, webhook-timestamp or the body was changed on the way.',
  mends: {
    trimmed: 'The body has spaces or line breaks around it that Carcosa did not send. Take it as it came.',
    newline: 'The body lacks the line break at its end. Take it as it came.',
    crlf: 'The line breaks of the body were changed. Take it as it came.',
    compact: 'The body was parsed and written again: as compact JSON it fits. Verify the raw body, before any JSON middleware.',
  } as Record<Mend, string>,
  either: 'No signature fits: the secret is another one, or the body was changed. This browser cannot tell which.',
  not_an_event: 'The signature is right, but the body is no event.',
  noSecret: 'Paste the secret.',
});

/** What to fill in: of an attempt. */
export interface Evidence {
  headers: Record<string, string>;
  body: string;
}

const needed = ([name]: [string, string]): boolean => name.toLowerCase().startsWith('webhook-');

export function SignatureTest({ open, endpoint, evidence, onClose }: { open: boolean; endpoint: Endpoint; evidence: Evidence | undefined; onClose: () => void }) {
  return (
    <Panel open={open} onClose={onClose} title={texts.title}>
      {open ? <Check endpoint={endpoint} evidence={evidence} /> : null}
    </Panel>
  );
}

function Check({ endpoint, evidence }: { endpoint: Endpoint; evidence: Evidence | undefined }) {
  const [verdict, setVerdict] = useState<Verdict>();
  const headers = Object.entries(evidence?.headers ?? {}).filter(needed);
  const form = useForm({
    initial: { secret: '', headers: headers.map(([name, value]) => `${name}: ${value}`).join('\n'), body: evidence?.body ?? '' },
    check: ({ secret }) => ({ '/secret': secret.trim() === '' ? texts.noSecret : undefined }),
    send: async (values) => setVerdict(await examine({ ...values, publicKey: endpoint.public_key })),
  });
  const { values } = form;
  const set = (name: keyof typeof values) => (value: string) => {
    setVerdict(undefined);
    form.set(name, value);
  };
  return (
    <Form form={form} always action={texts.check}>
      <p className="dim">{texts.note}</p>
      <TextField label={texts.secret} pointer="/secret" hint={texts.secretHint} mono placeholder="whsec_…" value={values.secret} onChange={set('secret')} autoFocus />
      <TextAreaField label={texts.headers} pointer="/headers" hint={texts.headersHint} mono rows={4} value={values.headers} onChange={set('headers')} placeholder={'webhook-id: evt_…\nwebhook-timestamp: …\nwebhook-signature: v1,…'} />
      <TextAreaField label={texts.body} pointer="/body" hint={texts.bodyHint} mono rows={8} value={values.body} onChange={set('body')} />
      {verdict ? (
        <div role="status">
          <Note tone={toneOf(verdict)}>{wordsOf(verdict)}</Note>
        </div>
      ) : null}
    </Form>
  );
}

function toneOf(verdict: Verdict): 'good' | 'warn' | 'bad' {
  if (verdict.kind === 'good') return 'good';
  return verdict.kind === 'too_old' || verdict.kind === 'too_new' ? 'warn' : 'bad';
}

function wordsOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'good':
      return texts.good(duration(Math.max(0, verdict.age)));
    case 'missing_header':
      return texts.missing(verdict.header);
    case 'bad_timestamp':
      return texts.bad_timestamp(verdict.value);
    case 'too_old':
      return texts.too_old(duration(verdict.age));
    case 'too_new':
      return texts.too_new(duration(-verdict.age));
    case 'changed':
      return verdict.mended ? texts.mends[verdict.mended] : texts.changed;
    case 'secret_or_changed':
      return texts.either;
    default:
      return texts[verdict.kind];
  }
}
