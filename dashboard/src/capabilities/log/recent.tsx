/** The newest entries about one object, for the end of its page. */

import { use } from 'react';
import { useRead } from '../../api/data.ts';
import { ProjectContext, useScope } from '../../api/scope.tsx';
import { paths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { useProjectPaths } from './objects.ts';
import { ActorIcon, Sentence } from './sentence.tsx';
import type { AuditEntry } from './sentences.ts';
import './log.css';

const texts = messages('log-recent', {
  title: 'Activity',
  none: 'Nothing has been recorded yet.',
  all: 'All entries',
});

const SHOWN = 8;

/** A card of the newest entries with this target; `bare` for the list alone. Nothing where the log may not be read. */
export function Activity({ targetId, tenantId, bare }: { targetId: string; tenantId?: string; bare?: boolean }) {
  const { can } = useScope();
  const inProject = use(ProjectContext) !== undefined;
  const to = useProjectPaths();
  const query = { target_id: targetId, limit: SHOWN };
  const allowed = can(inProject ? 'audit:read' : 'installation:read');
  const entries = useRead(
    ['audit', 'recent', targetId, tenantId],
    (api, signal) =>
      inProject
        ? api.GET('/v1/audit', { params: { query: { ...query, ...(tenantId ? { tenant_id: tenantId } : {}) } }, signal })
        : api.GET('/v1/installation/audit', { params: { query }, signal }),
    { enabled: allowed },
  );
  if (!allowed) return null;
  const list = <Loaded query={entries}>{(page) => <EntryList entries={page.data} self={targetId} />}</Loaded>;
  if (bare) return list;
  const all = to ? to.log({ target: targetId, tenant: tenantId }) : paths.installationLog({ target: targetId });
  return (
    <Card title={texts.title} actions={<AppLink href={all}>{texts.all}</AppLink>}>
      {list}
    </Card>
  );
}

/** Entries as sentences, each a link to all there is to know of it. */
export function EntryList({ entries, self }: { entries: readonly AuditEntry[]; self?: string }) {
  const to = useProjectPaths();
  if (entries.length === 0) return <p className="dim">{texts.none}</p>;
  return (
    <ul className="entries">
      {entries.map((entry) => (
        <li key={entry.id}>
          <ActorIcon kind={entry.actor.kind} />
          <span className="wrap grow">
            <Sentence entry={entry} self={self} />
          </span>
          <AppLink className="entries-time" href={to ? to.log({ entry: entry.id }) : paths.installationLog({ entry: entry.id })}>
            <Time at={entry.created_at} />
          </AppLink>
        </li>
      ))}
    </ul>
  );
}
