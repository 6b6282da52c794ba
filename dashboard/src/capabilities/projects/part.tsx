/** What the parts of the settings have in common: a form over the project that sends what changed of it. */

import { type Schemas, ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ifMatch } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Form, type FormOptions, type FormState } from '../../ui/form.tsx';
import { Conflict, type MergeForm, useMergeForm } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import { toast } from '../../ui/toast.tsx';

const texts = messages('settings-part', {
  saved: 'The settings are saved.',
  whole: (least: number, most: number) => `A whole number from ${least} to ${most}.`,
});

/** The project as it is stored, without the reader's role. */
export type StoredProject = Schemas['Project'];
export type Patch = Schemas['UpdateProject'];
export interface PartProps {
  stored: StoredProject;
}

export interface PartOptions<Values extends object> {
  stored: StoredProject;
  read: (project: StoredProject) => Values;
  /** The merge patch from one to the other. */
  patch: (values: Values, before: Values) => Patch;
  check?: FormOptions<Values>['check'];
}

export function usePart<Values extends object>({ stored, read, patch, check }: PartOptions<Values>): MergeForm<Values> {
  const { api, root } = useProject();
  const client = useQueryClient();
  return useMergeForm<StoredProject, Values>({
    item: stored,
    read,
    ...(check ? { check } : {}),
    reload: () => ok(api.GET('/v1/project')),
    save: (values, over) =>
      ok(api.PATCH('/v1/project', { body: patch(values, read(over)), headers: ifMatch(over.version) })),
    saved: (now) => {
      client.setQueryData([...root, 'projects', 'this'], now);
      // The switcher and other pages know the project from the list.
      void client.invalidateQueries({ queryKey: ['installation', 'projects'] });
      toast.success(texts.saved);
    },
  });
}

export function PartCard<Values extends object>({
  title,
  note,
  merge,
  names,
  submit,
  show,
  children,
}: {
  title: string;
  note?: ReactNode;
  merge: MergeForm<Values>;
  /** The fields, as the form calls them. */
  names: Record<keyof Values, string>;
  /** Instead of sending at once: asks first. */
  submit?: () => void;
  show?: (value: Values[keyof Values]) => string;
  children: ReactNode;
}) {
  const form: FormState<Values> = submit ? { ...merge.form, submit } : merge.form;
  return (
    <div className="settings-card">
      <Card title={title} note={note}>
        <Form form={form}>
          {children}
          <Conflict merge={merge} names={names} {...(show ? { show } : {})} />
        </Form>
      </Card>
    </div>
  );
}

/** Why a text is no number in these bounds. */
export function wholeNumber(text: string, least: number, most: number): string | undefined {
  const value = Number(text);
  return /^\d+$/.test(text.trim()) && value >= least && value <= most ? undefined : texts.whole(least, most);
}
