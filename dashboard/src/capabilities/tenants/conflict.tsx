/** What to do when someone else saved the same object while it was edited here. */

import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import type { FormState } from '../../ui/form.tsx';
import { Note } from '../../ui/states.tsx';
import { edits } from './patch.ts';

const texts = messages('conflict', {
  changed: 'Someone else saved changes while you were editing:',
  changedNothing: 'Someone else saved changes while you were editing, but of none of these fields.',
  keep: 'Load theirs, keep what I typed',
  discard: 'Discard what I typed',
  overlap: (fields: string) => `You both changed: ${fields}. Yours will be saved.`,
});

/** A value in few words. */
function brief(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === '' || text === '[]') return '–';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

export function Conflict<Values extends object>({
  before,
  theirs,
  form,
  names,
  take,
}: {
  /** What the form was filled with. */
  before: Values;
  theirs: Values;
  form: FormState<Values>;
  names: Partial<Record<keyof Values, string>>;
  /** Goes on from their state. */
  take: () => void;
}) {
  const changed = Object.entries(edits(before, theirs)).filter(([field]) => field in names);
  const mine = edits(before, form.values);
  const name = (field: string) => names[field as keyof Values] ?? field;
  const overlap = changed.map(([field]) => field).filter((field) => field in mine);
  const load = (keep: boolean) => {
    take();
    form.reset(theirs);
    if (!keep) return;
    for (const [field, value] of Object.entries(mine)) form.set(field as keyof Values, value as Values[keyof Values]);
  };
  return (
    <Note tone="warn">
      <div className="stack" style={{ '--gap': 'var(--space-2)' } as never}>
        {changed.length === 0 ? (
          <p>{texts.changedNothing}</p>
        ) : (
          <div>
            <p>{texts.changed}</p>
            <ul>
              {changed.map(([field, value]) => (
                <li key={field}>
                  {name(field)}: <span className="mono">{brief(value)}</span>
                </li>
              ))}
            </ul>
          </div>
        )}
        {overlap.length > 0 ? <p>{texts.overlap(overlap.map(name).join(', '))}</p> : null}
        <div className="row">
          <Button size="sm" onClick={() => load(true)}>
            {texts.keep}
          </Button>
          <Button size="sm" tone="quiet" onClick={() => load(false)}>
            {texts.discard}
          </Button>
        </div>
      </div>
    </Note>
  );
}
