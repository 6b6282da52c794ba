/** All there is to know of one entry, at the side of the list. */

import type { ReactNode } from 'react';
import { useRead } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { dateTime, precise, relative, zone } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { CopyButton, Id, Json } from '../../ui/display.tsx';
import { Panel } from '../../ui/dialog.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Facts } from '../../ui/page.tsx';
import { Empty, Failed, Note, Skeleton } from '../../ui/states.tsx';
import { type Difference, changesOf, valueText } from './diff.ts';
import type { LogFilters } from './filters.ts';
import { kindName, pageOf, useName, useProjectPaths } from './objects.ts';
import { ActorIcon, ObjectName, actorKind, actorName } from './sentence.tsx';
import { type AuditEntry, sentenceText } from './sentences.ts';
import { type Source, findEntry } from './source.ts';

const texts = messages('log-entry', {
  title: 'Entry',
  gone: 'No such entry',
  goneHint: 'It is older than the log is kept, or of another project.',
  changes: 'What changed',
  field: 'Field',
  before: 'Before',
  after: 'After',
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  nothing: 'nothing',
  details: 'Details',
  raw: 'The entry as JSON',
  erased: 'The personal data of this entry was erased. That it happened, when, and its place in the chain are kept.',
  time: 'Time',
  action: 'Action',
  actor: 'Actor',
  target: 'Object',
  tenant: 'Tenant',
  reason: 'Reason',
  ip: 'IP address',
  agent: 'User agent',
  request: 'Request',
  id: 'Entry',
  place: 'Place',
  position: (position: string, sequence: string) => `${position} in the project’s order, ${sequence} in its stream`,
  hash: 'Hash',
  origin: 'Where it came from',
  chain: 'In the chain',
  copy: 'Copy as JSON',
  more: 'More like this',
  sameActor: 'By the same actor',
  sameTarget: 'On the same object',
  sameAction: 'The same action',
  sameTenant: 'Of the same tenant',
  around: 'Within a minute of it',
});

/** The entry that the address names. Rows that are there already need not be asked for. */
export function EntryPanel({ filters, source, known }: { filters: LogFilters; source: Source; known: readonly AuditEntry[] }) {
  const id = filters.values.entry;
  const there = known.find((entry) => entry.id === id);
  const { api } = useScope();
  const found = useRead(['log', source.name, 'entry', id], async (_, signal) => ({ data: await findEntry(source, api, id, signal) }), {
    enabled: id !== '' && !there,
    staleTime: 60_000,
  });
  const entry = there ?? found.data;
  const title = useTitle(entry ?? undefined);
  return (
    <Panel
      open={id !== ''}
      onClose={() => filters.set({ entry: '' })}
      title={title}
      foot={entry ? <CopyButton text={JSON.stringify(entry, undefined, 2)} what="JSON" size="md" label={texts.copy} /> : undefined}
    >
      {entry ? (
        <EntryBody entry={entry} filters={filters} source={source} />
      ) : found.isError ? (
        <Failed error={found.error} retry={() => void found.refetch()} />
      ) : found.data === null ? (
        <Empty title={texts.gone}>{texts.goneHint}</Empty>
      ) : (
        <Skeleton lines={8} />
      )}
    </Panel>
  );
}

/** The sentence as a text: what a window is called. */
function useTitle(entry: AuditEntry | undefined): string {
  const target = useName(entry ? { ...entry.target, tenant: entry.tenant_id } : undefined);
  const tenant = useName(entry?.tenant_id ? { kind: 'tenant', id: entry.tenant_id } : undefined);
  return entry ? sentenceText(entry, { actor: actorName(entry.actor), target, tenant }) : texts.title;
}

function EntryBody({ entry, filters, source }: { entry: AuditEntry; filters: LogFilters; source: Source }) {
  const changes = changesOf(entry.changes);
  return (
    <div className="stack" style={{ '--gap': 'var(--space-5)' } as never}>
      {entry.erased ? <Note tone="warn">{texts.erased}</Note> : null}
      <What entry={entry} />
      {changes.length > 0 ? <Diff changes={changes} /> : null}
      {entry.details ? (
        <Section title={texts.details}>
          <Json value={entry.details} label={texts.details} />
        </Section>
      ) : null}
      <MoreLikeThis entry={entry} filters={filters} source={source} />
      <Section title={texts.origin}>
        <Facts
          facts={[
            [texts.ip, entry.ip ? <code key="ip">{entry.ip}</code> : null],
            [texts.agent, entry.user_agent],
            [texts.request, entry.request_id ? <Id key="request" id={entry.request_id} what={texts.request} /> : null],
          ]}
        />
      </Section>
      <Section title={texts.chain}>
        <Facts
          facts={[
            [texts.id, <Id key="id" id={entry.id} />],
            [texts.place, texts.position(entry.position, entry.sequence)],
            [texts.hash, <Id key="hash" id={entry.hash} what={texts.hash} />],
          ]}
        />
      </Section>
      <details>
        <summary>{texts.raw}</summary>
        <Json value={entry} label={texts.raw} />
      </details>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function What({ entry }: { entry: AuditEntry }) {
  const { tenant_id: tenant, target } = entry;
  const facts: [string, ReactNode][] = [
    [texts.time, <When key="time" at={entry.created_at} />],
    [texts.action, <code key="action">{entry.action}</code>],
    [texts.actor, <ActorFact key="actor" actor={entry.actor} />],
    [texts.target, <ObjectFact key="target" kind={target.kind} id={target.id} tenant={tenant} />],
  ];
  if (tenant && tenant !== target.id) facts.push([texts.tenant, <ObjectFact key="tenant" kind="tenant" id={tenant} tenant={null} />]);
  if (entry.reason) facts.push([texts.reason, entry.reason]);
  return <Facts facts={facts} />;
}

function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={at}>
      {dateTime(at)} <span className="dim">({precise(at)} {zone()}, {relative(at)})</span>
    </time>
  );
}

function ActorFact({ actor }: { actor: AuditEntry['actor'] }) {
  const page = pageOf({ kind: actor.kind, id: actor.id ?? '' }, useProjectPaths());
  return (
    <div className="stack" style={{ '--gap': 'var(--space-1)' } as never}>
      <span className="row">
        <ActorIcon kind={actor.kind} />
        {page && actor.id ? <AppLink href={page}>{actorName(actor)}</AppLink> : <span>{actorName(actor)}</span>}
        <span className="dim">{actorKind(actor.kind)}</span>
      </span>
      {actor.id ? <Id id={actor.id} /> : null}
    </div>
  );
}

function ObjectFact({ kind, id, tenant }: { kind: string; id: string; tenant: string | null }) {
  return (
    <div className="stack" style={{ '--gap': 'var(--space-1)' } as never}>
      <span className="row">
        <ObjectName of={{ kind, id, tenant }} />
        <span className="dim">{kindName(kind)}</span>
      </span>
      <Id id={id} />
    </div>
  );
}

function Diff({ changes }: { changes: readonly Difference[] }) {
  return (
    <Section title={texts.changes}>
      <div className="diff" role="table" aria-label={texts.changes}>
        <div role="row" className="diff-row">
          {[texts.field, texts.before, texts.after].map((head) => (
            <span key={head} role="columnheader" className="diff-head">
              {head}
            </span>
          ))}
        </div>
        {changes.map(({ path, kind, before, after }) => (
          <div key={path} role="row" className="diff-row">
            <span role="cell">
              <code>{path}</code>
              <span className="dim small log-diff-kind">{texts[kind]}</span>
            </span>
            <Value value={before} side="removed" />
            <Value value={after} side="added" />
          </div>
        ))}
      </div>
    </Section>
  );
}

function Value({ value, side }: { value: unknown; side: 'added' | 'removed' }) {
  const text = valueText(value);
  return (
    <span role="cell" className={text === '' ? undefined : `diff-${side}`}>
      {text === '' ? <span className="dim">{texts.nothing}</span> : text}
    </span>
  );
}

const MINUTE_MS = 60_000;

function MoreLikeThis({ entry, filters, source }: { entry: AuditEntry; filters: LogFilters; source: Source }) {
  const at = new Date(entry.created_at).getTime();
  const near = { from: new Date(at - MINUTE_MS).toISOString(), to: new Date(at + MINUTE_MS).toISOString() };
  const links: [text: string, href: string][] = [];
  if (entry.actor.id) links.push([texts.sameActor, filters.href({ actor: entry.actor.id })]);
  else links.push([texts.sameActor, filters.href({ kind: entry.actor.kind })]);
  links.push([texts.sameTarget, filters.href({ target: entry.target.id })]);
  links.push([texts.sameAction, filters.href({ action: entry.action })]);
  if (entry.tenant_id && !source.tenant && entry.tenant_id !== entry.target.id) links.push([texts.sameTenant, filters.href({ tenant: entry.tenant_id })]);
  links.push([texts.around, filters.href(near)]);
  return (
    <Section title={texts.more}>
      <ul className="row" style={{ '--gap': 'var(--space-4)' } as never}>
        {links.map(([text, href]) => (
          <li key={text}>
            <AppLink href={href}>{text}</AppLink>
          </li>
        ))}
      </ul>
    </Section>
  );
}
