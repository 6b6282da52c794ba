import { type ReactNode, useEffect, useId, useRef } from 'react';
import { AppLink } from './link.tsx';

/** A page: its name, which is the tab's too, what can be done with the whole of it, and what it shows. */
export function Page({
  title,
  badge,
  note,
  actions,
  tabs,
  children,
}: {
  title: string;
  badge?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  tabs?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Carcosa`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          <h1 tabIndex={-1} id="page-title">
            {title}
          </h1>
          {badge}
        </div>
        {actions ? <div className="page-actions row">{actions}</div> : null}
        {note ? <div className="page-note">{note}</div> : null}
      </header>
      {tabs}
      {children}
    </div>
  );
}

/** Parts of one object, each with an address of its own. */
export function TabLinks({ label, tabs }: { label: string; tabs: readonly { href: string; text: string; current: boolean }[] }) {
  const current = tabs.find((tab) => tab.current)?.href;
  const nav = useRef<HTMLElement>(null);
  // There may be more tabs than a narrow screen has room for.
  useEffect(() => {
    // Newer browsers answer with a promise, which must not become the effect's answer.
    void nav.current?.querySelector('[aria-current="page"]')?.scrollIntoView?.({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <nav className="tabs" aria-label={label} ref={nav}>
      {tabs.map((tab) => (
        <AppLink key={tab.href} href={tab.href} className="tab" aria-current={tab.current ? 'page' : undefined}>
          {tab.text}
        </AppLink>
      ))}
    </nav>
  );
}

/** A part of a page in a frame. `foot` is where its form is sent. */
export function Card({
  title,
  note,
  actions,
  foot,
  tone,
  children,
}: {
  title?: ReactNode;
  note?: ReactNode;
  actions?: ReactNode;
  foot?: ReactNode;
  tone?: 'danger';
  children?: ReactNode;
}) {
  const id = useId();
  return (
    <section className="card" data-tone={tone} aria-labelledby={title ? id : undefined}>
      {title || actions ? (
        <div className="card-head">
          <div className="grow">
            <h2 id={id}>{title}</h2>
            {note ? <p className="dim small">{note}</p> : null}
          </div>
          {actions ? <div className="row">{actions}</div> : null}
        </div>
      ) : null}
      {children ? <div className="card-body">{children}</div> : null}
      {foot ? <div className="card-foot">{foot}</div> : null}
    </section>
  );
}

/** Names and values. What is `undefined` is left out; what is empty is a dash. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <FactPair key={name} name={name} value={value} />
        ))}
    </dl>
  );
}

function FactPair({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value === null || value === '' ? <span className="dim">–</span> : value}</dd>
    </>
  );
}

/** One number that matters, with what it counts. */
export function Figure({ label, value, note, href }: { label: string; value: ReactNode; note?: ReactNode; href?: string }) {
  const inside = (
    <>
      <div className="figure-label">{label}</div>
      <div className="figure-value" aria-busy={value === undefined || undefined}>
        {value ?? '…'}
      </div>
      {note ? <div className="dim small">{note}</div> : null}
    </>
  );
  return (
    <div className="card">
      <div className="card-body">
        {href ? (
          <AppLink href={href} className="figure-link">
            {inside}
          </AppLink>
        ) : (
          inside
        )}
      </div>
    </div>
  );
}
