/**
 * What happens in the project, as it happens: one stream of events for the whole page, which says what to read again.
 *
 * A hidden tab lets its stream go, because a browser has only six connections to a server over HTTP/1.1, and goes on where it was when it is seen again.
 */

import type { Schemas } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, createContext, use, useEffect, useMemo, useRef, useState } from 'react';
import { projectHeaders, withSession } from './client.ts';
import { refresh } from './data.ts';
import { useProject } from './scope.tsx';
import { readEvents } from './sse.ts';

export type LiveEvent = Schemas['Event'];
/** `quiet`: the tab is hidden, or the operator may not read events. */
export type LiveStatus = 'connecting' | 'live' | 'lost' | 'quiet';

interface Live {
  status: LiveStatus;
  /** Hears events until the answer is called. */
  hear: (listener: (event: LiveEvent) => void) => () => void;
}

const LiveContext = createContext<Live>({ status: 'quiet', hear: () => () => undefined });

/** Between readings of the same resource, however fast events come. */
const REST_MS = 1500;
const LONGEST_PAUSE_MS = 30_000;

/** The resources that an event of this type changes, as cached data names them. */
export function touchedBy(type: string): string[] {
  const noun = type.slice(0, type.indexOf('.'));
  // With members goes what they may do: answers to checks are read again when a role, a tenant or its security policy changes.
  const named: Record<string, string[]> = {
    tenant: ['tenants', 'stats', 'members'],
    membership: ['members', 'tenants'],
    user: ['users', 'members'],
    // A tenant's dependents are counted with it.
    invitation: ['invitations', 'tenants'],
    organization: ['organizations', 'tenants'],
    role: ['roles', 'members'],
    key: ['keys', 'tenants'],
    share: ['shares', 'tenants'],
    webhook_endpoint: ['webhooks', 'webhook_stats', 'tenants'],
    sync_client: ['sync'],
    security_policy: ['security_policies', 'members'],
    project: ['projects'],
  };
  return [...(named[noun] ?? []), 'audit'];
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const { project, root, can } = useProject();
  const client = useQueryClient();
  const [status, setStatus] = useState<LiveStatus>('connecting');
  const listeners = useRef(new Set<(event: LiveEvent) => void>());
  const allowed = can('event:read');

  useEffect(() => {
    if (!allowed) return undefined;
    const due = new Set<string>();
    let resting: ReturnType<typeof setTimeout> | undefined;
    const settle = () => {
      resting = undefined;
      if (due.size === 0) return;
      const resources = [...due];
      due.clear();
      resting = setTimeout(settle, REST_MS);
      void refresh(client, root, resources);
      // Settings of the project come with the list of projects.
      if (resources.includes('projects')) void refresh(client, ['installation'], ['projects']);
    };
    const stream = new Stream(project.id, setStatus, (event) => {
      touchedBy(event.type).forEach((resource) => due.add(resource));
      resting ??= setTimeout(settle, 100);
      listeners.current.forEach((listener) => listener(event));
    });
    const seen = () => (document.visibilityState === 'visible' ? stream.open() : stream.rest());
    document.addEventListener('visibilitychange', seen);
    seen();
    return () => {
      document.removeEventListener('visibilitychange', seen);
      clearTimeout(resting);
      stream.rest();
    };
  }, [allowed, client, project.id, root]);

  const live = useMemo<Live>(
    () => ({
      status: allowed ? status : 'quiet',
      hear: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
    }),
    [allowed, status],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

/** Whether the page hears of changes as they happen. */
export const useLiveStatus = (): LiveStatus => use(LiveContext).status;

/** Calls back with every event of the project, while the component is there. */
export function useLiveEvents(listener: (event: LiveEvent) => void): void {
  const { hear } = use(LiveContext);
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => hear((event) => latest.current(event)), [hear]);
}

/** A stream that is opened again whenever it breaks, from where it was. */
class Stream {
  #abort: AbortController | undefined;
  #cursor: string | undefined;

  constructor(
    readonly project: string,
    readonly say: (status: LiveStatus) => void,
    readonly take: (event: LiveEvent) => void,
  ) {}

  open(): void {
    if (this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    void this.#run(abort.signal);
  }

  rest(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.say('quiet');
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        this.say(failures === 0 ? 'connecting' : 'lost');
        await this.#read(signal, () => {
          failures = 0;
          this.say('live');
        });
      } catch {
        // Said below; tried again either way.
      }
      if (signal.aborted) return;
      this.say('lost');
      const wait = Math.min(1000 * 2 ** Math.min(failures, 5), LONGEST_PAUSE_MS);
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
    }
  }

  async #read(signal: AbortSignal, opened: () => void): Promise<void> {
    const headers: Record<string, string> = { ...projectHeaders(this.project), accept: 'text/event-stream' };
    if (this.#cursor !== undefined) headers['last-event-id'] = this.#cursor;
    const response = await withSession('/v1/events/stream', { headers, signal });
    if (response.status === 410) this.#cursor = undefined;
    if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
    opened();
    for await (const event of readEvents(response.body)) {
      if (event.id) this.#cursor = event.id;
      if (event.event === 'bookmark' || event.data === '') continue;
      const parsed = JSON.parse(event.data) as LiveEvent;
      if (typeof parsed.type === 'string') this.take(parsed);
    }
  }
}
