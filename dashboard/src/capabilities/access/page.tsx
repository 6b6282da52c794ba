/** May this user do that, there? The question is in the address, so that the answer can be linked to. */

import type { Schemas } from '@carcosa/client';
import { RefreshCw, ShieldQuestion } from 'lucide-react';
import { useMemo } from 'react';
import { useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Code, CopyButton } from '../../ui/display.tsx';
import { Card, Page } from '../../ui/page.tsx';
import { Empty, Failed, Skeleton } from '../../ui/states.tsx';
import { isIp } from './address.ts';
import { QuestionForm, type QuestionValues } from './question.tsx';
import { type Question, Verdict, useDecision } from './verdict.tsx';

const texts = messages('access', {
  title: 'Access check',
  note: 'Ask what your application asks: may this user do that, in this tenant? The answer says which role decides, and why.',
  question: 'Question',
  answer: 'Answer',
  again: 'Ask again',
  clear: 'Clear',
  empty: 'Choose a user, a tenant and a permission',
  emptyHint: 'The answer appears here, with the reason and the membership it rests on. The address of this page carries the question: send it to a colleague.',
  code: 'As code',
  codeNote: 'The same question from your application. Set CARCOSA_KEY to an API key with access:check.',
  copy: 'command',
});

const BLANK = { user: '', tenant: '', organization: '', permission: '', mfa: '', ip: '', method: '', signed_in_at: '' };

/** The question that the address asks, when it is whole. */
function questionOf(values: QuestionValues): Question | undefined {
  const { user, tenant, organization, permission, mfa, ip, method, signed_in_at } = values;
  if (user === '' || tenant === '' || permission === '') return undefined;
  return {
    user,
    tenant,
    permission,
    ...(organization === '' ? {} : { organization_id: organization }),
    ...(mfa === '' ? {} : { mfa: mfa === 'yes' }),
    ...(isIp(ip) ? { ip } : {}),
    ...(method === '' ? {} : { method: method as Schemas['SignInMethod'] }),
    ...(signed_in_at === '' ? {} : { signed_in_at }),
  };
}

export function AccessCheck() {
  const [values, set] = useSearch(BLANK);
  const question = useMemo(() => questionOf(values), [values]);
  const decision = useDecision(question);
  const asked = Object.values(values).some((value) => value !== '');
  return (
    <Page title={texts.title} note={texts.note}>
      <div className="access">
        <Card
          title={texts.question}
          actions={
            asked ? (
              <Button size="sm" tone="quiet" onClick={() => set(BLANK)}>
                {texts.clear}
              </Button>
            ) : undefined
          }
        >
          <QuestionForm values={values} set={set} />
        </Card>
        <div className="stack">
          <Card
            title={texts.answer}
            actions={
              question ? (
                <Button size="sm" icon={<RefreshCw aria-hidden />} busy={decision.isFetching} onClick={() => void decision.refetch()}>
                  {texts.again}
                </Button>
              ) : undefined
            }
          >
            {!question ? (
              <Empty icon={<ShieldQuestion aria-hidden />} title={texts.empty}>
                {texts.emptyHint}
              </Empty>
            ) : decision.isError ? (
              <Failed error={decision.error} retry={() => void decision.refetch()} />
            ) : decision.data ? (
              <Verdict decision={decision.data} permission={question.permission} />
            ) : (
              <Skeleton />
            )}
          </Card>
          {question ? <AsCode question={question} /> : null}
        </div>
      </div>
    </Page>
  );
}

/** A text inside single quotes of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The command that asks the same. The key is the reader's to fill in. */
export function curl(origin: string, question: Question): string {
  return [
    `curl -X POST ${origin}/v1/access/check \\`,
    '  -H "Authorization: Bearer $CARCOSA_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quoted(JSON.stringify(question, undefined, 2))}`,
  ].join('\n');
}

function AsCode({ question }: { question: Question }) {
  const text = curl(globalThis.location.origin, question);
  return (
    <Card title={texts.code} note={texts.codeNote} actions={<CopyButton text={text} what={texts.copy} />}>
      <Code text={text} label={texts.copy} />
    </Card>
  );
}
