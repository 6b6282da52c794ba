/**
 * A form over a part of an object that others may change at the same time. What is sent goes with the version that was shown when the reader began; a new
 * version is taken over as long as nothing has been typed, or when it changed other parts only.
 */

import { useState } from 'react';
import { type FormOptions, type FormState, useForm } from '../../ui/form.tsx';
import { useUnsaved } from './leaving.tsx';

interface Versioned {
  id: string;
  version: number;
}

export interface Edited<Values extends object, Thing> {
  form: FormState<Values>;
  /** The object as it was when the reader began. */
  base: Thing;
  /** The same has been saved meanwhile: these edits would be refused. */
  stale: boolean;
  /** Drops the edits and shows what was saved. */
  takeOver: () => void;
}

export function useEdited<Thing extends Versioned, Values extends object>({
  thing,
  values,
  send,
  check,
}: {
  thing: Thing;
  values: (thing: Thing) => Values;
  send: (values: Values, base: Thing) => Promise<unknown>;
  check?: FormOptions<Values>['check'];
}): Edited<Values, Thing> {
  const [base, setBase] = useState(thing);
  const form = useForm<Values>({ initial: values(base), send: (typed) => send(typed, base), ...(check ? { check } : {}) });
  const differs = base.version !== thing.version || base.id !== thing.id;
  const takeOver = () => {
    setBase(thing);
    form.reset(values(thing));
  };
  const elsewhere = JSON.stringify(values(thing)) === JSON.stringify(values(base));
  if (differs && !form.busy) {
    if (!form.dirty) takeOver();
    else if (elsewhere) setBase(thing);
  }
  useUnsaved(form.dirty);
  return { form, base, stale: differs && form.dirty && !form.busy, takeOver };
}
