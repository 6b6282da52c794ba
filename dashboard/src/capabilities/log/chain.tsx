/** Whether the log is as it was written: its newest entries, checked against each other and the signed head. */

import { ShieldAlert, ShieldCheck, ShieldQuestion } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Schemas } from '@carcosa/client';
import { useRead } from '../../api/data.ts';
import { number } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton, Id } from '../../ui/display.tsx';
import { Facts } from '../../ui/page.tsx';
import { problemText } from '../../ui/problem.ts';

const texts = messages('log-chain', {
  title: 'Chain of hashes',
  checking: 'Checking the newest entries…',
  intact: (count: number) => `Intact: the project’s own newest ${counted(count, 'entry is', 'entries are')} as written`,
  intactTenant: (count: number) => `Intact: the newest ${counted(count, 'entry is', 'entries are')} as written`,
  empty: 'Intact: nothing has been written yet',
  broken: (count: number) => `${counted(count, 'problem', 'problems')} in the log`,
  failed: (why: string) => `The log could not be checked. ${why}`,
  what: 'Each entry carries a hash of the one before it, so nobody can change, add or remove one unnoticed. Whoever keeps the signed head can show later that nothing up to it was rewritten.',
  do: 'Someone changed the database, or it is damaged. Keep a copy of it as it is, then check the whole log on the server:',
  command: 'carcosa audit verify',
  details: 'Details',
  hide: 'Hide',
  again: 'Check again',
  range: 'Checked',
  fromTo: (from: string, to: string) => `entries ${from} to ${to} of the stream`,
  headHash: 'Hash of the newest',
  signed: 'the signed head',
  copy: 'Copy the signed head',
  cut: 'Retention',
  cutProven: (first: string) => `removed what was before entry ${first}`,
  cutUnproven: (first: string) => `what was before entry ${first} is missing, and this installation did not remove it`,
  log: 'The whole log',
  extent: (entries: number, streams: number) => `${counted(entries, 'entry', 'entries')} in ${counted(streams, 'stream', 'streams')}: the project’s own, and one of each tenant, which its Activity page checks`,
  at: (sequence: string, detail: string) => `Entry ${sequence}: ${detail}`,
});

type Integrity = Schemas['LogIntegrity'];

const LAST = 1000;
const ICONS = { unknown: ShieldQuestion, bad: ShieldAlert, good: ShieldCheck };

export function ChainStatus({ tenant, actions }: { tenant?: string; actions?: ReactNode }) {
  const [open, setOpen] = useState(false);
  const read = useRead(
    ['log', 'integrity', tenant],
    (api, signal) => api.GET('/v1/audit/integrity', { params: { query: { last: LAST, ...(tenant ? { tenant_id: tenant } : {}) } }, signal }),
    { staleTime: 5 * 60_000 },
  );
  const found = read.data;
  const state = !found ? 'unknown' : found.verified ? 'good' : 'bad';
  const Icon = ICONS[state];
  return (
    <section className="card chain" data-state={state} aria-label={texts.title}>
      <div className="row" data-apart>
        <span className="row grow">
          <Icon aria-hidden className="chain-icon" />
          <span role="status">{found ? said(found, tenant !== undefined) : read.isError ? texts.failed(problemText(read.error)) : texts.checking}</span>
        </span>
        <span className="row">
          <Button size="sm" tone="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? texts.hide : texts.details}
          </Button>
          {actions}
        </span>
      </div>
      {found && state === 'bad' ? <Problems problems={found.problems} /> : null}
      {open ? <Details found={found} busy={read.isFetching} again={() => void read.refetch()} /> : null}
    </section>
  );
}

function said({ verified, problems, checked }: Integrity, ofTenant: boolean): string {
  if (!verified) return texts.broken(problems.length);
  if (checked === 0) return texts.empty;
  return ofTenant ? texts.intactTenant(checked) : texts.intact(checked);
}

function Details({ found, busy, again }: { found: Integrity | undefined; busy: boolean; again: () => void }) {
  return (
    <div className="stack">
      <p className="dim">{texts.what}</p>
      {found ? <Facts facts={factsOf(found)} /> : null}
      <div className="row">
        <Button size="sm" busy={busy} onClick={again}>
          {texts.again}
        </Button>
        {found?.head ? <CopyButton text={JSON.stringify(found.head, undefined, 2)} what={texts.signed} label={texts.copy} /> : null}
      </div>
    </div>
  );
}

function factsOf({ from_sequence: from, to_sequence: to, head, cut, log }: Integrity): [string, ReactNode][] {
  const facts: [string, ReactNode][] = [];
  if (from !== null && to !== null) facts.push([texts.range, texts.fromTo(number(from), number(to))]);
  if (head) facts.push([texts.headHash, <Id key="hash" id={head.hash} what={texts.headHash} />]);
  if (cut) facts.push([texts.cut, cut.proven ? texts.cutProven(number(cut.first_sequence)) : texts.cutUnproven(number(cut.first_sequence))]);
  facts.push([texts.log, texts.extent(log.entries, log.streams)]);
  return facts;
}

function Problems({ problems }: { problems: Integrity['problems'] }) {
  return (
    <div className="stack" role="alert">
      <ul className="bad-text">
        {problems.map((problem, index) => (
          <li key={index}>{problem.sequence === null ? problem.detail : texts.at(number(problem.sequence), problem.detail)}</li>
        ))}
      </ul>
      <p>{texts.do}</p>
      <div className="secret">
        <code>{texts.command}</code>
        <CopyButton text={texts.command} what={texts.command} />
      </div>
    </div>
  );
}
