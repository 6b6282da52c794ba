import { type ReactNode, useEffect } from 'react';

/** The card of a page before sign-in: its name is the tab's too. */
export function DoorCard({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Carcosa`;
  }, [title]);
  return (
    <section className="card card-body fields" aria-labelledby="page-title">
      <div className="stack" style={{ '--gap': 'var(--space-1)' } as never}>
        <h1 id="page-title">{title}</h1>
        {note ? <div className="dim">{note}</div> : null}
      </div>
      {children}
    </section>
  );
}
