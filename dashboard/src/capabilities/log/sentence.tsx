/** An entry as a sentence, with who did it and links to what it is about. */

import { Bot, Cog, KeyRound, ShieldHalf, SquareTerminal, UserRound } from 'lucide-react';
import type { ReactNode } from 'react';
import { number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../../ui/link.tsx';
import { type ObjectRef, kindName, pageOf, useName, useProjectPaths } from './objects.ts';
import { type AuditEntry, countOf, moreOf, piecesOf } from './sentences.ts';
import './log.css';

const texts = messages('log-sentence', {
  kinds: {
    api_key: 'API key',
    operator: 'Operator',
    user: 'User',
    cli: 'Console of the server',
    system: 'Carcosa',
  } as Record<string, string>,
  unnamed: { api_key: 'An API key', operator: 'An operator', user: 'A user' } as Record<string, string>,
  someone: 'Someone',
  self: (kind: string) => `this ${kind}`,
  person: 'this person',
  times: (count: string) => `${count} times`,
  sessions: (count: string) => `${count} sessions`,
});

const ICONS: Record<string, typeof Bot> = {
  api_key: KeyRound,
  operator: ShieldHalf,
  user: UserRound,
  cli: SquareTerminal,
  system: Cog,
};

export const actorKind = (kind: string): string => texts.kinds[kind] ?? kind;

/** What the actor is called. */
export function actorName({ kind, name }: AuditEntry['actor']): string {
  if (name) return name;
  if (kind === 'cli' || kind === 'system') return actorKind(kind);
  return texts.unnamed[kind] ?? texts.someone;
}

export function ActorIcon({ kind }: { kind: string }) {
  const Icon = ICONS[kind] ?? Bot;
  return (
    <span className="actor-icon" data-kind={kind} title={actorKind(kind)}>
      <Icon aria-label={actorKind(kind)} />
    </span>
  );
}

/** The name of an object, as a link to its page where it has one. */
export function ObjectName({ of, plain, told }: { of: ObjectRef; plain?: boolean; told?: boolean }) {
  const name = useName(of, told);
  const href = pageOf(of, useProjectPaths());
  if (plain || !href) return <span className="strong">{name}</span>;
  return (
    <AppLink href={href} className="above" title={kindName(of.kind)}>
      {name}
    </AppLink>
  );
}

/**
 * What happened. `plain` where the whole row is a link already; `self` is the object on whose page this is: it is not named again.
 */
export function Sentence({ entry, plain, self }: { entry: AuditEntry; plain?: boolean; self?: string | undefined }) {
  const count = countOf(entry);
  const times = entry.action === 'operator.sessions_revoked' ? texts.sessions : texts.times;
  // That its status changed is what the sentence says already.
  const more = /\.(updated|denied)$/.test(entry.action) ? moreOf(entry) : undefined;
  const slots: Record<string, (told: boolean) => ReactNode> = {
    actor: () => <span className="strong">{actorName(entry.actor)}</span>,
    target: (told) =>
      entry.target.id === self ? (
        entry.target.kind === 'invitation' ? texts.person : texts.self(kindName(entry.target.kind))
      ) : (
        <ObjectName of={{ ...entry.target, tenant: entry.tenant_id }} plain={plain ?? false} told={told} />
      ),
    tenant: () => <ObjectName of={{ kind: 'tenant', id: entry.tenant_id ?? '' }} plain={plain ?? false} />,
  };
  return (
    <span>
      {piecesOf(entry, self).map((piece, index) => (
        <span key={index}>{typeof piece === 'string' ? piece : slots[piece.slot]?.(piece.told)}</span>
      ))}
      {more ? <span className="dim"> · {more}</span> : null}
      {count > 1 ? <span className="dim"> · {times(number(count))}</span> : null}
      {entry.reason ? <span className="dim">: {entry.reason}</span> : null}
    </span>
  );
}
