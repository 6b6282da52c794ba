/** What is about to change, role by role, and how saving it went. */

import { CarcosaError, ok } from '@carcosa/client';
import { useState } from 'react';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { number } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge } from '../../ui/display.tsx';
import { problemText } from '../../ui/problem.ts';
import { Note } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.tsx';
import type { Role } from './data.ts';
import type { Edit, EditState } from './edits.ts';
import { Holders } from './holders.tsx';

const rolesText = (count: number) => counted(count, 'role', 'roles');
const texts = messages('roles-review', {
  title: (count: number) => `Save changes of ${rolesText(count)}`,
  note: 'Whoever holds these roles may do more or less within a second, on every node.',
  save: 'Save changes',
  retry: 'Try the rest again',
  back: 'Keep editing',
  close: 'Close',
  added: 'Added',
  removed: 'Removed',
  saved: 'Saved',
  failed: 'Refused',
  conflict: 'Changed meanwhile',
  conflictHint: 'Someone else saved this role after you began. Take its new state over, then make your changes again.',
  takeOver: 'Take the new state',
  moved: 'Someone else saved this role after you began; saving it will be refused.',
  empty: 'A role gives at least one permission. Add one, or delete the role.',
  done: (count: number) => `${rolesText(count)} saved.`,
  bar: (count: number) => `${rolesText(count)} changed`,
  discard: 'Discard',
  review: 'Review and save',
});

/** At the bottom of the matrix while there is something to save. */
export function EditBar({ state, review }: { state: EditState; review: () => void }) {
  if (state.edits.size === 0) return null;
  const all = [...state.edits.values()];
  const count = (side: 'added' | 'removed') => all.reduce((sum, { change }) => sum + change[side].length, 0);
  return (
    <div className="selection-bar" role="region" aria-label={texts.bar(all.length)}>
      <span className="strong">{texts.bar(all.length)}</span>
      {count('added') > 0 ? <span className="good-text numeric">+{number(count('added'))}</span> : null}
      {count('removed') > 0 ? <span className="bad-text numeric">−{number(count('removed'))}</span> : null}
      <Button size="sm" tone="quiet" onClick={() => state.drop()}>
        {texts.discard}
      </Button>
      <Button size="sm" tone="primary" onClick={review}>
        {texts.review}
      </Button>
    </div>
  );
}

type Outcome = { is: 'saved' } | { is: 'failed'; text: string; conflict: boolean };
type Outcomes = ReadonlyMap<string, Outcome>;

function useSave(tenant: string | undefined) {
  const { api } = useProject();
  const refresh = useRefresh();
  const [busy, setBusy] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcomes>(new Map());
  const patch = ({ base, scopes }: Edit) => {
    const body = { permissions: [...scopes].sort() };
    const headers = ifMatch(base.version);
    return tenant === undefined
      ? api.PATCH('/v1/roles/{role}', { params: { path: { role: base.id } }, body, headers })
      : api.PATCH('/v1/tenants/{tenant}/roles/{role}', { params: { path: { tenant, role: base.id } }, body, headers });
  };
  const save = async (edits: readonly Edit[]): Promise<boolean> => {
    setBusy(true);
    setOutcomes(new Map());
    const found = new Map<string, Outcome>();
    // One after another: changes of roles wait for each other on the server anyway.
    for (const edit of edits) {
      try {
        await ok(patch(edit));
        found.set(edit.base.id, { is: 'saved' });
      } catch (error) {
        const conflict = error instanceof CarcosaError && error.status === 412;
        found.set(edit.base.id, { is: 'failed', text: problemText(error), conflict });
      }
      setOutcomes(new Map(found));
    }
    await refresh('roles', 'members');
    setBusy(false);
    return [...found.values()].every((outcome) => outcome.is === 'saved');
  };
  return { busy, outcomes, save };
}

/** Saving, and after it: what was saved is forgotten, what was refused stays to be seen to. */
function useReview(state: EditState, tenant: string | undefined, onClose: () => void) {
  const { busy, outcomes, save } = useSave(tenant);
  const edits = [...state.edits.values()];
  const savedIds = [...outcomes].filter(([, outcome]) => outcome.is === 'saved').map(([id]) => id);
  const over = !busy && outcomes.size > 0;
  // What someone else changed meanwhile would be refused again.
  const again = [...outcomes.values()].some((outcome) => outcome.is === 'failed' && !outcome.conflict);
  const finish = () => {
    state.drop(savedIds);
    onClose();
  };
  const run = async () => {
    const rest = edits.filter((edit) => !savedIds.includes(edit.base.id));
    state.drop(savedIds);
    if (!(await save(rest))) return;
    state.drop();
    toast.success(texts.done(rest.length));
    onClose();
  };
  return { edits, busy, outcomes, over, again, finish, run };
}

export function Review({
  state,
  roles,
  tenant,
  onClose,
}: {
  state: EditState;
  roles: readonly Role[];
  tenant: string | undefined;
  onClose: () => void;
}) {
  const { edits, busy, outcomes, over, again, finish, run } = useReview(state, tenant, onClose);
  const blocked = edits.some((edit) => edit.scopes.size === 0);
  return (
    <Dialog
      open
      firm={busy}
      onClose={finish}
      title={texts.title(edits.length)}
      note={texts.note}
      width="44rem"
      foot={
        <>
          <Button onClick={finish} disabled={busy}>
            {over ? texts.close : texts.back}
          </Button>
          <Button tone="primary" busy={busy} disabled={blocked || (over && !again)} onClick={() => void run()}>
            {over ? texts.retry : texts.save}
          </Button>
        </>
      }
    >
      <div className="dialog-body stack">
        {edits.map((edit) => (
          <ReviewedRole
            key={edit.base.id}
            edit={edit}
            tenant={tenant}
            outcome={outcomes.get(edit.base.id)}
            moved={(roles.find((role) => role.id === edit.base.id)?.version ?? edit.base.version) !== edit.base.version}
            takeOver={() => {
              state.drop([edit.base.id]);
              if (edits.length === 1) onClose();
            }}
          />
        ))}
      </div>
    </Dialog>
  );
}

function ReviewedRole({
  edit: { base, scopes, change },
  tenant,
  outcome,
  moved,
  takeOver,
}: {
  edit: Edit;
  tenant: string | undefined;
  outcome: Outcome | undefined;
  moved: boolean;
  takeOver: () => void;
}) {
  const conflict = outcome?.is === 'failed' && outcome.conflict;
  return (
    <section className="review-role stack" style={{ '--gap': 'var(--space-2)' } as never} aria-label={base.name}>
      <div className="row" data-apart>
        <span className="row">
          <h3>{base.name}</h3>
          <code className="dim small">{base.key}</code>
        </span>
        {outcome?.is === 'saved' ? (
          <Badge tone="good">{texts.saved}</Badge>
        ) : outcome ? (
          <Badge tone="bad">{conflict ? texts.conflict : texts.failed}</Badge>
        ) : (
          <Holders role={base} tenant={tenant} />
        )}
      </div>
      <Scopes label={texts.added} sign="added" scopes={change.added} />
      <Scopes label={texts.removed} sign="removed" scopes={change.removed} />
      {scopes.size === 0 ? <Note tone="bad">{texts.empty}</Note> : null}
      {outcome?.is === 'failed' ? <Note tone="bad">{conflict ? texts.conflictHint : outcome.text}</Note> : null}
      {conflict || (moved && !outcome) ? (
        <div className="row">
          {moved && !outcome ? <span className="warn-text small">{texts.moved}</span> : null}
          <Button size="sm" onClick={takeOver}>
            {texts.takeOver}
          </Button>
        </div>
      ) : null}
    </section>
  );
}

function Scopes({ label, sign, scopes }: { label: string; sign: 'added' | 'removed'; scopes: readonly string[] }) {
  if (scopes.length === 0) return null;
  return (
    <div className="review-scopes">
      <span className="dim small">{label}</span>
      {scopes.map((scope) => (
        <code key={scope} data-sign={sign}>
          {sign === 'added' ? '+' : '−'} {scope}
        </code>
      ))}
    </div>
  );
}
