/** What a place shows while there is nothing to show yet, or ever, or any more. */

import type { UseQueryResult } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, Info, SearchX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { isNotFound, problemText, requestIdOf } from './problem.ts';

const texts = messages('states', {
  loading: 'Loading…',
  failed: 'This could not be loaded',
  notFound: 'Not found',
  notFoundHint: 'It does not exist, or you may not see it.',
  again: 'Try again',
  clear: 'Clear filters',
  quote: (id: string) => `Request ${id}`,
});

/** Grey lines where text will be. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className="stack" role="status" aria-label={texts.loading}>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton" style={{ width: `${92 - ((line * 17) % 45)}%` }} />
      ))}
    </div>
  );
}

/** Nothing there: says what would be, and how to make the first. */
export function Empty({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="state">
      {icon ?? <SearchX aria-hidden />}
      <h2>{title}</h2>
      {children ? <div className="state-text">{children}</div> : null}
      {action}
    </div>
  );
}

/** Nothing that the filters let through. */
export function NoMatch({ title, clear, children }: { title: string; clear: () => void; children?: ReactNode }) {
  return (
    <Empty title={title} action={<Button onClick={clear}>{texts.clear}</Button>}>
      {children}
    </Empty>
  );
}

/** It failed: says why, and lets one try again. */
export function Failed({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const id = requestIdOf(error);
  if (isNotFound(error)) return <Empty title={texts.notFound}>{texts.notFoundHint}</Empty>;
  return (
    <div className="state" role="alert">
      <CircleAlert aria-hidden />
      <h2>{texts.failed}</h2>
      <p className="state-text">{problemText(error)}</p>
      {id ? <p className="dim small mono">{texts.quote(id)}</p> : null}
      {retry ? <Button onClick={retry}>{texts.again}</Button> : null}
    </div>
  );
}

/** The data of a query once it is there; what was there before a failed refresh stays. */
export function Loaded<Data>({
  query,
  lines,
  children,
}: {
  query: UseQueryResult<Data>;
  lines?: number;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton {...(lines === undefined ? {} : { lines })} />;
}

/** A word beside the work: a warning, a consequence, a success. */
export function Note({ tone = 'info', children }: { tone?: 'info' | 'warn' | 'bad' | 'good'; children: ReactNode }) {
  const icons = { info: Info, warn: TriangleAlert, bad: CircleAlert, good: CircleCheck };
  const Icon = icons[tone];
  return (
    <div className="note" data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
      <Icon aria-hidden />
      <div className="grow wrap">{children}</div>
    </div>
  );
}
