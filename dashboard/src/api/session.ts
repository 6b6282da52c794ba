/** Who is signed in: kept outside React, because requests need it too. */

import { CarcosaError, type Schemas, ok } from '@carcosa/client';
import { useSyncExternalStore } from 'react';
import { clientOf } from './client.ts';

export type Session = Schemas['CurrentSession'];

/**
 * `unknown` until the server was asked; `expired` when a session ended under the reader's hands: the page stays as it is, with what was typed into it,
 * until they have signed in again.
 */
export type SessionState =
  | { is: 'unknown' }
  | { is: 'out' }
  | { is: 'in'; session: Session }
  | { is: 'expired'; session: Session };

let state: SessionState = { is: 'unknown' };
const listeners = new Set<() => void>();

function become(next: SessionState): void {
  state = next;
  listeners.forEach((listener) => listener());
}

export const sessionState = (): SessionState => state;

export function onSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSessionState = (): SessionState => useSyncExternalStore(onSession, sessionState);

/** The session of whoever is signed in. Only for pages behind the door. */
export function useSession(): Session {
  const now = useSessionState();
  if (now.is === 'in' || now.is === 'expired') return now.session;
  throw new Error('nobody is signed in');
}

export const csrfToken = (): string | undefined => (state.is === 'in' ? state.session.csrf_token : undefined);

/** What the server answered on signing in, or on a change that gave the session a new token. */
export const entered = (session: Session): void => become({ is: 'in', session });

/** The session is gone, as asked. */
export const left = (): void => become({ is: 'out' });

/** A request was refused because the session is over. */
export function announce(): void {
  if (state.is === 'in') become({ is: 'expired', session: state.session });
}

/** Asks who is signed in. */
export async function lookUp(): Promise<SessionState> {
  try {
    entered(await ok(clientOf().GET('/v1/session')));
  } catch (error) {
    if (!(error instanceof CarcosaError) || error.status !== 401) throw error;
    left();
  }
  return state;
}

/** The token anew: another tab has changed it. */
export async function refreshToken(): Promise<string | undefined> {
  await lookUp();
  return csrfToken();
}
