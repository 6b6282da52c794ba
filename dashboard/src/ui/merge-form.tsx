/**
 * A form over something that others change too. What is saved elsewhere is taken in while nothing is typed, and passes by where it does not concern the form.
 * Otherwise it is shown and the reader decides. Nothing typed is lost, and nothing saved is written over unseen.
 */

import { CarcosaError } from '@carcosa/client';
import { useState } from 'react';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { type FormOptions, type FormState, useForm } from './form.tsx';
import { Facts } from './page.tsx';
import { Note } from './states.tsx';

const texts = messages('merge-form', {
  meanwhile: 'Someone else changed this meanwhile. What you entered is still here and not saved. Saved now is:',
  both: (fields: string) => `You both changed: ${fields}.`,
  keep: 'Keep mine',
  take: 'Take theirs',
  nothing: 'nothing',
  yes: 'yes',
  no: 'no',
});

export interface MergeOptions<Item extends { version: number }, Values extends object> {
  /** As it was last read. */
  item: Item;
  /** What the form shows of it. */
  read: (item: Item) => Values;
  /** Sends what differs between values and item, with its version. */
  save: (values: Values, over: Item) => Promise<Item>;
  /** Reads it anew. */
  reload: () => Promise<Item>;
  /** What was saved, for what is cached. */
  saved?: (item: Item) => void;
  check?: FormOptions<Values>['check'];
}

export interface MergeForm<Values extends object, Item = unknown> {
  form: FormState<Values>;
  /** What the values are told against. */
  base: Item;
  /** What someone else saved, until the reader has decided: the fields that differ from the form. */
  theirs: Partial<Values> | undefined;
  /** The fields of those that were changed here too. */
  both: readonly (keyof Values)[];
  /** Goes on from what was saved, with what was typed laid over it. */
  keep: () => void;
  take: () => void;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The fields of `now` that are not as before. */
function changed<Values extends object>(before: Values, now: Values): Partial<Values> {
  const names = (Object.keys(now) as (keyof Values)[]).filter((name) => !same(now[name], before[name]));
  return Object.fromEntries(names.map((name) => [name, now[name]])) as Partial<Values>;
}

/** What was changed both elsewhere and to something else than is typed; nothing while nothing is typed. */
function conflictOf<Values extends object>(before: Values, typed: Values, now: Values): Partial<Values> | undefined {
  const found = changed(typed, changed(before, now) as Values);
  return same(typed, before) || Object.keys(found).length === 0 ? undefined : found;
}

export function useMergeForm<Item extends { version: number }, Values extends object>({
  item,
  read,
  save,
  reload,
  saved,
  check,
}: MergeOptions<Item, Values>): MergeForm<Values, Item> {
  const [base, setBase] = useState(item);
  // What someone else saved since, if it waits for the reader.
  const [newer, setNewer] = useState<Item>();
  const form = useForm<Values>({
    initial: read(item),
    ...(check ? { check } : {}),
    send: async (values) => {
      const next = await save(values, base).catch(async (error: unknown) => {
        if (!(error instanceof CarcosaError) || error.status !== 412) throw error;
        const now = await reload();
        if (!conflictOf(read(base), values, read(now))) return save(values, now);
        setNewer(now);
        return undefined;
      });
      if (!next) return;
      setBase(next);
      setNewer(undefined);
      saved?.(next);
    },
  });
  const goOn = (found: Item, typed: Partial<Values>) => {
    setBase(found);
    setNewer(undefined);
    form.reset(read(found));
    for (const name of Object.keys(typed) as (keyof Values)[]) form.set(name, typed[name] as Values[keyof Values]);
  };
  const typed = changed(read(base), form.values);
  const found = newer && newer.version >= item.version ? newer : item;
  const theirs = found.version > base.version ? conflictOf(read(base), form.values, read(found)) : undefined;
  if (!form.busy) {
    if (found.version > base.version && !theirs) goOn(found, typed);
    else if (theirs && found !== newer) setNewer(found);
    // After saving the form shows it as the server wrote it.
    else if (!theirs && !form.dirty && !same(form.values, read(base))) form.reset(read(base));
  }
  return {
    // What was refused is not saved, though it was sent.
    form: { ...form, dirty: form.dirty || theirs !== undefined },
    base,
    theirs: newer && theirs,
    both: (Object.keys(theirs ?? {}) as (keyof Values)[]).filter((name) => name in typed),
    keep: () => newer && goOn(newer, typed),
    take: () => newer && goOn(newer, {}),
  };
}

/** Both sides of a conflict. `names`: the fields as the form calls them. */
export function Conflict<Values extends object>({
  merge: { form, theirs, both, keep, take },
  names,
  show = plainly,
}: {
  merge: MergeForm<Values>;
  names: Record<keyof Values, string>;
  show?: (value: Values[keyof Values], name: keyof Values) => string;
}) {
  if (!theirs) return null;
  const fields = Object.entries(theirs) as [keyof Values, Values[keyof Values]][];
  return (
    <Note tone="warn">
      <div role="alert" className="stack" style={{ '--gap': 'var(--space-3)' } as never}>
        <p>{texts.meanwhile}</p>
        <Facts facts={fields.map(([name, value]) => [names[name], show(value, name)] as const)} />
        {both.length > 0 && fields.length > 1 ? <p>{texts.both(both.map((name) => names[name]).join(', '))}</p> : null}
        <div className="row">
          <Button size="sm" onClick={keep} disabled={form.busy}>
            {texts.keep}
          </Button>
          <Button size="sm" onClick={take} disabled={form.busy}>
            {texts.take}
          </Button>
        </div>
      </div>
    </Note>
  );
}

/** A value in few words. */
export function plainly(value: unknown): string {
  if (value === '' || value === null || (Array.isArray(value) && value.length === 0)) return texts.nothing;
  if (typeof value === 'boolean') return value ? texts.yes : texts.no;
  const text = Array.isArray(value) && value.every((one) => typeof one !== 'object') ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
