/** Asks before another page would forget what is not saved. */

import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, createContext, use, useCallback, useEffect, useId, useState } from 'react';
import { messages } from '../i18n/messages.ts';
import { Ask } from './dialog.tsx';

const texts = messages('leaving', {
  leave: 'Leave without saving?',
  hint: 'What you changed is not saved yet.',
  yes: 'Discard changes',
  no: 'Keep editing',
});

export function Leaving({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Ask
      open={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title={texts.leave}
      yes={texts.yes}
      no={texts.no}
      run={() => blocker.proceed?.()}
    >
      {texts.hint}
    </Ask>
  );
}

type Tell = (id: string, dirty: boolean) => void;
const UnsavedContext = createContext<Tell | undefined>(undefined);

/** Around several forms of a page: it asks once for all of them. */
export function Unsaved({ children }: { children: ReactNode }) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const tell = useCallback<Tell>((id, dirty) => {
    setIds((now) => {
      if (now.has(id) === dirty) return now;
      const next = new Set(now);
      if (dirty) next.add(id);
      else next.delete(id);
      return next;
    });
  }, []);
  return (
    <UnsavedContext value={tell}>
      {children}
      <Leaving dirty={ids.size > 0} />
    </UnsavedContext>
  );
}

/** Tells the page around whether there is something to lose. */
export function useUnsaved(dirty: boolean): void {
  const id = useId();
  const tell = use(UnsavedContext);
  useEffect(() => {
    tell?.(id, dirty);
    return () => tell?.(id, false);
  }, [tell, id, dirty]);
}
