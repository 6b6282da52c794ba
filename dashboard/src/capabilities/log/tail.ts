/** New entries on top of a list that is being read: at once at its top, kept back while its reader is further down or has paused. */

import { useEffect, useMemo, useRef, useState } from 'react';
import { useLiveEvents, useLiveStatus } from '../../api/live.tsx';
import type { AuditEntry } from './sentences.ts';

/** Between two readings, however fast entries come. */
const REST_MS = 1000;
/** Where events do not tell, the log is asked this often. */
const POLL_MS = 5000;
/** How far down a reader is no longer at the top, in pixels. */
const TOP_PX = 240;
/** Entries of one reading. */
export const NEWEST = 50;
/** New entries kept; what is older is on the pages below. */
const MOST = 500;

export interface Tail {
  fresh: AuditEntry[];
  waiting: AuditEntry[];
  /** Shows what waits. */
  show: () => void;
  paused: boolean;
  setPaused: (paused: boolean) => void;
}

interface Kept {
  key: string;
  fresh: AuditEntry[];
  waiting: AuditEntry[];
}

/** Which of the newest entries are newer than all that is known. */
export function newerThan(entries: readonly AuditEntry[], top: string | undefined): AuditEntry[] {
  return entries.filter((entry) => top === undefined || BigInt(entry.position) > BigInt(top));
}

export function useTail({
  on,
  key,
  top,
  newest,
  lost,
}: {
  on: boolean;
  /** What is listed: another key begins anew. */
  key: string;
  /** The position of the newest entry of the list itself. */
  top: string | undefined;
  newest: () => Promise<AuditEntry[]>;
  /** More came than was read: the list must be read anew. */
  lost: () => void;
}): Tail {
  const [paused, setPaused] = useState(false);
  const [kept, setKept] = useState<Kept>({ key, fresh: [], waiting: [] });
  const mine = useMemo(() => (kept.key === key ? kept : { key, fresh: [], waiting: [] }), [kept, key]);

  const read = async () => {
    const found = await newest();
    setKept((before) => {
      const now = before.key === key ? before : { key, fresh: [], waiting: [] };
      const known = now.waiting[0]?.position ?? now.fresh[0]?.position ?? top;
      const news = newerThan(found, known);
      if (news.length === 0) return before;
      const still = paused || globalThis.scrollY > TOP_PX || now.waiting.length > 0;
      return still
        ? { ...now, waiting: [...news, ...now.waiting].slice(0, MOST) }
        : { ...now, fresh: [...news, ...now.fresh].slice(0, MOST) };
    });
    const known = mine.waiting[0]?.position ?? mine.fresh[0]?.position ?? top;
    if (known !== undefined && found.length >= NEWEST && newerThan(found, known).length === found.length) lost();
  };
  useReading(on, read);

  return {
    fresh: mine.fresh,
    waiting: mine.waiting,
    show: () => setKept({ key, fresh: [...mine.waiting, ...mine.fresh].slice(0, MOST), waiting: [] }),
    paused,
    setPaused,
  };
}

/** Reads when something happens, and now and then while that is not heard of. */
function useReading(on: boolean, read: () => Promise<void>): void {
  const status = useLiveStatus();
  const latest = useRef(read);
  useEffect(() => {
    latest.current = read;
  });

  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const soon = (wait: number) => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      // A reading that fails is made up for by the next.
      latest.current().catch(() => undefined);
    }, wait);
  };
  useLiveEvents(() => on && soon(REST_MS));
  useEffect(() => {
    if (!on) return undefined;
    void latest.current().catch(() => undefined);
    const poll = status === 'live' ? undefined : setInterval(() => void latest.current().catch(() => undefined), POLL_MS);
    return () => {
      clearInterval(poll);
      clearTimeout(timer.current);
      timer.current = undefined;
    };
  }, [on, status]);
}
