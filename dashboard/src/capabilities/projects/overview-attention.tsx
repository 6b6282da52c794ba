/** What needs an operator, gathered from all over the project; each with the page where something can be done about it. */

import { CircleCheck } from 'lucide-react';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Card } from '../../ui/page.tsx';
import { problemText } from '../../ui/problem.ts';
import { Note, Skeleton } from '../../ui/states.tsx';
import { type Need, type Source, useExpiringKeys, useFailingWebhooks, useLaggingCopies, useRefusals, useSuspensions } from './overview-needs.ts';

const texts = messages('overview-attention', {
  title: 'Needs attention',
  well: 'All is well',
  wellNote: 'Webhooks arrive, copies are current, no key expires soon, and nobody was refused today.',
  partly: 'Nothing else needs attention.',
  unknown: (what: string, why: string) => `${what} could not be checked. ${why}`,
  again: 'Try again',
});

const ORDER: Record<Need['tone'], number> = { bad: 0, warn: 1, info: 2 };

export function Attention() {
  const sources = [useFailingWebhooks(), useExpiringKeys(), useLaggingCopies(), useRefusals(), useSuspensions()];
  const needs = sources.flatMap((source) => source.needs).sort((a, b) => ORDER[a.tone] - ORDER[b.tone]);
  const failed = sources.filter((source) => source.error);
  const pending = sources.some((source) => source.pending);
  return (
    <Card title={texts.title}>
      <div className="stack">
        {needs.length > 0 ? (
          <ul className="attention">
            {needs.map((need) => (
              <NeedLine key={need.key} need={need} />
            ))}
          </ul>
        ) : null}
        {failed.map((source) => (
          <Unchecked key={source.name} source={source} />
        ))}
        {pending ? <Skeleton lines={2} /> : null}
        {pending || failed.length > 0 ? null : needs.length === 0 ? <AllWell /> : <p className="dim small">{texts.partly}</p>}
      </div>
    </Card>
  );
}

function NeedLine({ need: { tone, icon: Icon, text, note, href } }: { need: Need }) {
  return (
    <li data-tone={tone}>
      <Icon aria-hidden />
      <div className="grow wrap">
        <AppLink href={href}>{text}</AppLink>
        {note ? <div className="dim small">{note}</div> : null}
      </div>
    </li>
  );
}

function Unchecked({ source }: { source: Source }) {
  return (
    <Note tone="warn">
      <div className="row" data-apart>
        <span>{texts.unknown(source.name, problemText(source.error))}</span>
        <Button size="sm" onClick={source.retry}>
          {texts.again}
        </Button>
      </div>
    </Note>
  );
}

function AllWell() {
  return (
    <div className="all-well">
      <CircleCheck aria-hidden />
      <div>
        <p className="strong">{texts.well}</p>
        <p className="dim">{texts.wellNote}</p>
      </div>
    </div>
  );
}
