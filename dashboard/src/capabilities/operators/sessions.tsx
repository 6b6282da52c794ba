/** Where one is signed in. */

import type { Schemas } from '@carcosa/client';
import { Monitor, Smartphone } from 'lucide-react';
import { useState } from 'react';
import { useAction, useList } from '../../api/data.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Ask } from '../../ui/dialog.tsx';
import { Badge, Time } from '../../ui/display.tsx';
import { Card } from '../../ui/page.tsx';
import { Failed, Skeleton } from '../../ui/states.tsx';
import { deviceOf } from './device.ts';

const texts = messages('sessions', {
  title: 'Sessions',
  note: 'Where you are signed in. Do not know one? End it, and change your password.',
  current: 'this browser',
  mfa: 'second factor',
  signedIn: 'signed in',
  used: 'last used',
  from: (ip: string) => `from ${ip}`,
  end: 'Sign out',
  endNamed: (name: string) => `Sign out ${name}`,
  ended: (name: string) => `${name} is signed out.`,
  endOthers: 'Sign out everywhere else',
  askOthers: 'Sign out everywhere else?',
  askText: (count: number, more: boolean) =>
    `${more ? 'More than ' : ''}${counted(count, 'session ends', 'sessions end')} at once. Whoever works there has to sign in again. This browser stays signed in.`,
  othersEnded: (count: number) => `${counted(count, 'session has', 'sessions have')} ended.`,
  more: 'Show all',
});

type Session = Schemas['Session'];

/** Whoever wants more asks for all. */
const FEW = 5;

export function Sessions() {
  const sessions = useList(['sessions'], (api, after, signal) =>
    api.GET('/v1/sessions', { params: { query: { limit: 50, ...(after ? { after } : {}) } }, signal }),
  );
  const [asking, setAsking] = useState(false);
  const [whole, setWhole] = useState(false);
  const shown = [...sessions.items].sort(currentFirst).slice(0, whole ? undefined : FEW);
  const endOthers = useAction<void, Schemas['RevokedSessions']>({
    run: (api) => api.POST('/v1/sessions/revoke-others', { body: {} }),
    refresh: ['sessions'],
    said: ({ count }) => texts.othersEnded(count),
    done: () => setAsking(false),
    failure: 'caller',
  });
  const others = sessions.items.filter((session) => !session.current).length;
  return (
    <Card
      title={texts.title}
      note={texts.note}
      actions={
        others > 0 ? (
          <Button size="sm" tone="danger" onClick={() => setAsking(true)}>
            {texts.endOthers}
          </Button>
        ) : undefined
      }
    >
      {sessions.query.isPending ? (
        <Skeleton />
      ) : sessions.query.isError && sessions.items.length === 0 ? (
        <Failed error={sessions.query.error} retry={() => void sessions.query.refetch()} />
      ) : (
        <div className="stack">
          <ul className="items">
            {shown.map((session) => (
              <SessionItem key={session.id} session={session} />
            ))}
          </ul>
          {shown.length < sessions.items.length || sessions.hasMore ? (
            <div>
              <Button size="sm" busy={sessions.query.isFetchingNextPage} onClick={() => (whole ? sessions.more() : setWhole(true))}>
                {texts.more}
              </Button>
            </div>
          ) : null}
        </div>
      )}
      <Ask
        open={asking}
        onClose={() => setAsking(false)}
        title={texts.askOthers}
        yes={texts.endOthers}
        run={() => endOthers.mutate()}
        busy={endOthers.isPending}
        error={endOthers.error}
      >
        {texts.askText(others, sessions.hasMore)}
      </Ask>
    </Card>
  );
}

const currentFirst = (a: Session, b: Session): number => Number(b.current) - Number(a.current);

function SessionItem({ session }: { session: Session }) {
  const device = deviceOf(session.user_agent);
  const end = useAction<void, unknown>({
    run: (api) => api.DELETE('/v1/sessions/{session}', { params: { path: { session: session.id } } }),
    refresh: ['sessions'],
    said: () => texts.ended(device.name),
  });
  return (
    <li>
      {device.mobile ? <Smartphone aria-hidden /> : <Monitor aria-hidden />}
      <div className="grow">
        <div className="row">
          <span className="strong" title={session.user_agent ?? undefined}>
            {device.name}
          </span>
          {session.current ? <Badge tone="good">{texts.current}</Badge> : null}
          {session.mfa ? <Badge>{texts.mfa}</Badge> : null}
        </div>
        <div className="dim small">
          {session.ip ? <>{texts.from(session.ip)} · </> : null}
          {texts.signedIn} <Time at={session.created_at} /> · {texts.used} <Time at={session.last_seen_at} />
        </div>
      </div>
      {session.current ? null : (
        <Button size="sm" busy={end.isPending} aria-label={texts.endNamed(device.name)} onClick={() => end.mutate()}>
          {texts.end}
        </Button>
      )}
    </li>
  );
}
