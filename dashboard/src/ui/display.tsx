/** Small things that show a value. */

import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { dateTime, relative } from '../i18n/format.ts';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

const texts = messages('display', {
  copy: (what: string) => `Copy ${what}`,
  copied: 'Copied',
  cannotCopy: 'The browser does not let this page copy. Select the text and copy it by hand.',
  never: 'never',
});

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'mute';

/** A word about a state. Its colour never says more than the word. */
export function Badge({ tone = 'mute', dot, children }: { tone?: Tone; dot?: boolean; children: ReactNode }) {
  return (
    <span className="badge" data-tone={tone} data-dot={dot || undefined}>
      {children}
    </span>
  );
}

let minute = Date.now();
const ticking = new Set<() => void>();
let ticker: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  ticking.add(listener);
  ticker ??= setInterval(() => {
    minute = Date.now();
    ticking.forEach((each) => each());
  }, 20_000);
  return () => {
    ticking.delete(listener);
    if (ticking.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
  };
}

/** A moment: how long ago, and exactly when on hover. `exact` turns it round. */
export function Time({ at, exact }: { at: string | null | undefined; exact?: boolean }) {
  useSyncExternalStore(subscribe, () => minute);
  if (!at) return <span className="dim">{texts.never}</span>;
  const [shown, more] = exact ? [dateTime(at), relative(at)] : [relative(at), dateTime(at)];
  return (
    <time dateTime={at} title={more}>
      {shown}
    </time>
  );
}

/** Puts a text on the clipboard. */
export function CopyButton({ text, what, size = 'sm', label }: { text: string; what: string; size?: 'sm' | 'md'; label?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      () => toast.failure(texts.cannotCopy),
    );
  return (
    <Button
      tone={label ? 'plain' : 'quiet'}
      size={size}
      square={!label}
      aria-label={label ? undefined : copied ? texts.copied : texts.copy(what)}
      icon={copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      onClick={() => void copy()}
    >
      {label ? (copied ? texts.copied : label) : null}
    </Button>
  );
}

/** An id, to be read by machines and copied by people. */
export function Id({ id, what = 'id' }: { id: string; what?: string }) {
  return (
    <span className="row" style={{ flexWrap: 'nowrap' }}>
      <code className="clip" title={id}>
        {id}
      </code>
      <CopyButton text={id} what={what} />
    </span>
  );
}

/** What is shown once: a secret, in full, to be copied. */
export function Secret({ text, what }: { text: string; what: string }) {
  return (
    <div className="secret">
      <code>{text}</code>
      <CopyButton text={text} what={what} label={texts.copy(what)} />
    </div>
  );
}

/** A value as JSON. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return <Code text={JSON.stringify(value, undefined, 2) ?? ''} label={label} />;
}

/** Text of machines. It scrolls, so the keyboard can reach it. */
export function Code({ text, label }: { text: string; label: string }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls has to be reachable
    <pre className="code" tabIndex={0} role="region" aria-label={label}>
      {text}
    </pre>
  );
}

/** The first letters of a name, in any script. */
export function Avatar({ name, image, square }: { name: string; image?: string | null | undefined; square?: boolean }) {
  const [broken, setBroken] = useState(false);
  const letters = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => Array.from(word)[0] ?? '')
    .join('')
    .toLocaleUpperCase();
  return (
    <span className="avatar" data-square={square || undefined} aria-hidden>
      {image && !broken ? (
        <img src={image} alt="" referrerPolicy="no-referrer" loading="lazy" onError={() => setBroken(true)} />
      ) : (
        letters
      )}
    </span>
  );
}

/** How far something has come, from 0 to 1. */
export function Meter({ value, label }: { value: number; label: string }) {
  const share = Math.max(0, Math.min(1, value));
  return (
    <div
      className="meter"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <span style={{ width: `${share * 100}%` }} />
    </div>
  );
}
