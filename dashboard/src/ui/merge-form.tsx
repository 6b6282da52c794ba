/**
 * A form over something that others change too. What is saved meanwhile is taken in where it does not meet what was typed; where it does, both are shown
 * and the reader decides. Nothing typed is lost.
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
  keep: 'Keep mine',
  take: 'Take theirs',
  nothing: 'nothing',
});

interface Versioned {
  id: string;
  version: number;
}

export interface MergeOptions<Item extends Versioned, Values extends object> {
  /** As it was last read. */
  item: Item;
  /** What the form shows of it. */
  read: (item: Item) => Values;
  /** Sends what differs between values and item, with its version. */
  save: (values: Values, over: Item) => Promise<Item>;
  /** Reads it anew. */
  reload: () => Promise<Item>;
  /** What was saved, for what is cached. */
  saved: (item: Item) => void;
  check?: FormOptions<Values>['check'];
}

export interface MergeForm<Values extends object> {
  form: FormState<Values>;
  /** What someone else saved where this form has other values. */
  theirs: Values | undefined;
  keep: () => void;
  take: () => void;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

export function useMergeForm<Item extends Versioned, Values extends object>({
  item,
  read,
  save,
  reload,
  saved,
  check,
}: MergeOptions<Item, Values>): MergeForm<Values> {
  const [base, setBase] = useState(item);
  const [theirs, setTheirs] = useState<Item>();
  const form = useForm<Values>({
    initial: read(item),
    ...(check ? { check } : {}),
    send: async (values) => {
      const next = await save(values, base).catch(async (error: unknown) => {
        if (!(error instanceof CarcosaError) || error.status !== 412) throw error;
        const now = await reload();
        // What changed elsewhere does not concern this form.
        if (same(read(now), read(base))) return save(values, now);
        setTheirs(now);
        return undefined;
      });
      if (!next) return;
      setBase(next);
      setTheirs(undefined);
      saved(next);
    },
  });
  if (!form.busy && item.version > Math.max(base.version, theirs?.version ?? 0)) {
    // Until the reader has decided, what was typed counts, saved or not.
    const typed = form.dirty || theirs !== undefined;
    if (typed && !same(read(item), read(base))) setTheirs(item);
    else {
      setBase(item);
      if (!typed) form.reset(read(item));
    }
  }
  const settle = (found: Item, values: Values) => {
    setBase(found);
    setTheirs(undefined);
    form.reset(read(found));
    for (const name of Object.keys(values) as (keyof Values)[]) form.set(name, values[name]);
  };
  return {
    form,
    theirs: theirs ? read(theirs) : undefined,
    keep: () => theirs && settle(theirs, typedOver(read(theirs), form.values, read(base))),
    take: () => theirs && settle(theirs, read(theirs)),
  };
}

/** What someone else saved, with what was typed here in its place: fields that nobody touched here stay theirs. */
function typedOver<Values extends object>(theirs: Values, typed: Values, start: Values): Values {
  const touched = (Object.keys(typed) as (keyof Values)[]).filter((name) => !same(typed[name], start[name]));
  return { ...theirs, ...Object.fromEntries(touched.map((name) => [name, typed[name]])) };
}

/** Both sides of a conflict. `names`: the fields as the form calls them. */
export function Conflict<Values extends object>({
  merge,
  names,
  show = plainly,
}: {
  merge: MergeForm<Values>;
  names: Record<keyof Values, string>;
  show?: (value: Values[keyof Values]) => string;
}) {
  const { theirs, form } = merge;
  if (!theirs) return null;
  const different = (Object.keys(theirs) as (keyof Values)[]).filter((name) => !same(theirs[name], form.values[name]));
  return (
    <Note tone="warn">
      <div role="alert" className="stack" style={{ '--gap': 'var(--space-3)' } as never}>
        <p>{texts.meanwhile}</p>
        <Facts facts={different.map((name) => [names[name], show(theirs[name])] as const)} />
        <div className="row">
          <Button size="sm" onClick={merge.keep}>
            {texts.keep}
          </Button>
          <Button size="sm" onClick={merge.take}>
            {texts.take}
          </Button>
        </div>
      </div>
    </Note>
  );
}

const plainly = (value: unknown): string =>
  value === '' || value === null || (Array.isArray(value) && value.length === 0)
    ? texts.nothing
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
