/** The same for many members, one after another, with a report of each. */

import { ok } from '@carcosa/client';
import { useRef, useState, useEffect } from 'react';
import { useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Meter } from '../../ui/display.tsx';
import { Select } from '../../ui/menu.tsx';
import { problemText } from '../../ui/problem.ts';
import { roleChoices, useAllRoles } from '../roles/data.ts';
import { inTurn } from '../tenants/bulk.ts';
import { useTenant } from '../tenants/tenant.tsx';
import { patchMember, removeMember } from './data.ts';
import { type Membership, memberName } from './parts.tsx';

const members = (count: number) => counted(count, 'member', 'members');
const texts = messages('member-bulk', {
  selected: (count: number) => `${members(count)} selected`,
  role: 'Change role',
  disable: 'Disable',
  remove: 'Remove',
  clear: 'Clear',
  newRole: 'New role',
  titles: {
    role: (count: number) => `Change the role of ${members(count)}`,
    disable: (count: number) => `Disable ${members(count)}`,
    remove: (count: number) => `Remove ${members(count)}`,
  },
  what: {
    role: (tenant: string) => `Each gets this role in ${tenant} instead of the one they have. The last owner keeps theirs.`,
    disable: (tenant: string) => `They may do nothing in ${tenant} through these memberships, from the next second on. They can be enabled again.`,
    remove: (tenant: string) => `Their roles in ${tenant} end within a second. The users stay in the project; to come back they must be added or invited again.`,
  },
  close: 'Close',
  cancel: 'Cancel',
  stop: 'Stop',
  progress: 'Progress',
  done: 'Done',
  failed: 'Refused',
  waiting: 'Waiting',
  left: 'Left alone',
  sum: (done: number, failed: number) => `${members(done)} changed, ${failed} refused.`,
});

export type BulkWhat = 'role' | 'disable' | 'remove';

/** What can be done with the selected ones. */
export function BulkBar({ count, start, clear }: { count: number; start: (what: BulkWhat) => void; clear: () => void }) {
  const { can } = useProject();
  if (count === 0) return null;
  return (
    <div className="selection-bar" role="region" aria-label={texts.selected(count)}>
      <span className="strong">{texts.selected(count)}</span>
      {can('member:update') ? (
        <>
          <Button size="sm" onClick={() => start('role')}>
            {texts.role}
          </Button>
          <Button size="sm" onClick={() => start('disable')}>
            {texts.disable}
          </Button>
        </>
      ) : null}
      {can('member:delete') ? (
        <Button size="sm" tone="danger" onClick={() => start('remove')}>
          {texts.remove}
        </Button>
      ) : null}
      <Button size="sm" tone="quiet" onClick={clear}>
        {texts.clear}
      </Button>
    </div>
  );
}

type Results = ReadonlyMap<string, string | undefined>;

/** Does it, and says of each how it went. */
function useBulk(what: BulkWhat, role: string, chosen: readonly Membership[]) {
  const { api } = useProject();
  const refresh = useRefresh();
  const [phase, setPhase] = useState<'asking' | 'running' | 'over'>('asking');
  const [results, setResults] = useState<Results>(new Map());
  const abort = useRef<AbortController | undefined>(undefined);
  // Whoever leaves the page stops what has not begun.
  useEffect(() => () => abort.current?.abort(), []);
  const work = (one: Membership): Promise<unknown> => {
    if (what === 'remove') return ok(removeMember(api, one));
    return ok(patchMember(api, one, what === 'role' ? { role } : { status: 'disabled' }));
  };
  const run = async () => {
    abort.current = new AbortController();
    setPhase('running');
    await inTurn(
      chosen,
      work,
      (one, error) => setResults((now) => new Map(now).set(one.id, error === undefined ? undefined : problemText(error))),
      abort.current.signal,
    );
    setPhase('over');
    await refresh('members', 'tenants');
  };
  return { phase, results, run, stop: () => abort.current?.abort() };
}

export function BulkDialog({ what, chosen, onClose }: { what: BulkWhat; chosen: readonly Membership[]; onClose: (changed: boolean) => void }) {
  const { tenant } = useTenant();
  const roles = useAllRoles(tenant.id, { enabled: what === 'role' });
  const [role, setRole] = useState('member');
  const { phase, results, run, stop } = useBulk(what, role, chosen);
  const failed = [...results.values()].filter((text) => text !== undefined).length;
  const foot =
    phase === 'asking' ? (
      <>
        <Button onClick={() => onClose(false)}>{texts.cancel}</Button>
        <Button tone={what === 'role' ? 'primary' : 'destroy'} onClick={() => void run()}>
          {texts[what]}
        </Button>
      </>
    ) : phase === 'running' ? (
      <Button onClick={stop}>{texts.stop}</Button>
    ) : (
      <Button tone="primary" onClick={() => onClose(true)}>
        {texts.close}
      </Button>
    );
  return (
    <Dialog
      open
      onClose={() => (phase === 'running' ? undefined : onClose(phase === 'over'))}
      title={texts.titles[what](chosen.length)}
      firm={phase === 'running'}
      foot={foot}
    >
      <div className="dialog-body stack">
        {phase === 'asking' ? <p>{texts.what[what](tenant.name)}</p> : null}
        {phase === 'asking' && what === 'role' ? (
          <Select label={texts.newRole} value={role} choices={roleChoices(roles.data, role)} onChange={setRole} />
        ) : null}
        {phase === 'running' ? <Meter value={results.size / chosen.length} label={texts.progress} /> : null}
        {phase === 'over' ? <p role="status">{texts.sum(results.size - failed, failed)}</p> : null}
        <ul className="bulk-rows">
          {chosen.map((one) => (
            <li key={one.id}>
              <span className="clip grow">{memberName(one)}</span>
              {phase === 'asking' ? <span className="dim small clip">{one.user.email}</span> : <Outcome results={results} id={one.id} over={phase === 'over'} />}
            </li>
          ))}
        </ul>
      </div>
    </Dialog>
  );
}

function Outcome({ results, id, over }: { results: Results; id: string; over: boolean }) {
  const text = results.get(id);
  if (!results.has(id)) return <Badge>{over ? texts.left : texts.waiting}</Badge>;
  if (text === undefined) return <Badge tone="good">{texts.done}</Badge>;
  return (
    <>
      <Badge tone="bad">{texts.failed}</Badge>
      <span className="small bulk-why">{text}</span>
    </>
  );
}
