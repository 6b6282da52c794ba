/** What is wrong with a signature, found in the browser. Nothing of it is sent anywhere. */

import { WebhookVerificationError, WebhookVerifier } from '../../../../sdk/webhooks/src/index.ts';

export interface Signed {
  secret: string;
  /** Headers as lines, `name: value`. */
  headers: string;
  body: string;
  /** The endpoint's Ed25519 key, which tells a wrong secret from a changed message. */
  publicKey: string;
}

export type Verdict =
  | { kind: 'good'; age: number }
  | { kind: 'bad_secret' }
  | { kind: 'missing_header'; header: string }
  | { kind: 'bad_timestamp'; value: string }
  /** `fits`: apart from its time the signature is right. */
  | { kind: 'too_old' | 'too_new'; age: number; fits: boolean }
  | { kind: 'no_signature' }
  | { kind: 'wrong_secret' }
  /** `mended`: what makes it fit again. */
  | { kind: 'changed'; mended?: Mend }
  /** Which of the two cannot be told. */
  | { kind: 'secret_or_changed' }
  | { kind: 'not_an_event' };

export type Mend = 'trimmed' | 'newline' | 'compact' | 'crlf';

/** `name: value` lines as an object with lower-case names; also JSON. */
export function parseHeaders(text: string): Record<string, string> {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    try {
      const object = JSON.parse(trimmed) as Record<string, unknown>;
      return Object.fromEntries(Object.entries(object).map(([name, value]) => [name.toLowerCase(), String(value)]));
    } catch {
      // Not JSON after all.
    }
  }
  const lines = trimmed.split(/\r?\n/).map((line) => /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(lines.flatMap((found) => (found?.[1] ? [[found[1].toLowerCase(), found[2] ?? '']] : [])));
}

const NEEDED = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

export async function examine({ secret, headers: text, body, publicKey }: Signed, now = Date.now()): Promise<Verdict> {
  const headers = parseHeaders(text);
  if (!isKey(secret.trim())) return { kind: 'bad_secret' };
  const missing = NEEDED.find((name) => !headers[name]);
  if (missing) return { kind: 'missing_header', header: missing };
  const stamp = headers['webhook-timestamp'] ?? '';
  if (!/^[0-9]{1,15}$/.test(stamp)) return { kind: 'bad_timestamp', value: stamp };
  const age = Math.floor(now / 1000) - Number(stamp);
  const strict = await codeOf(secret.trim(), headers, body, now, 300);
  if (strict === 'good') return { kind: 'good', age };
  if (strict === 'not_an_event') return { kind: 'not_an_event' };
  const fits = await codeOf(secret.trim(), headers, body, now);
  if (fits === 'good' || fits === 'not_an_event') return { kind: strict === 'too_new' ? 'too_new' : 'too_old', age, fits: true };
  return diagnose({ secret: secret.trim(), headers, body, publicKey, now });
}

interface Message {
  secret: string;
  headers: Record<string, string>;
  body: string;
  publicKey: string;
  now: number;
}

/** Why no signature fits. The second signature, by the endpoint's own key, needs no secret. */
async function diagnose({ secret, headers, body, publicKey, now }: Message): Promise<Verdict> {
  const signatures = headers['webhook-signature'] ?? '';
  if (!/(^| )v1a?,/.test(signatures)) return { kind: 'no_signature' };
  for (const [mend, text] of mended(body)) {
    if ((await codeOf(secret, headers, text, now)) === 'good') return { kind: 'changed', mended: mend };
  }
  if (!/(^| )v1a,/.test(signatures)) return { kind: 'secret_or_changed' };
  const intact = await codeOf(publicKey, headers, body, now);
  if (intact === 'unknown') return { kind: 'secret_or_changed' };
  return intact === 'good' || intact === 'not_an_event' ? { kind: 'wrong_secret' } : { kind: 'changed' };
}

/** What frameworks do to bodies, undone. */
function mended(body: string): [Mend, string][] {
  const tries: [Mend, string][] = [
    ['trimmed', body.trim()],
    ['newline', `${body}\n`],
    ['crlf', body.replaceAll('\r\n', '\n')],
  ];
  try {
    tries.push(['compact', JSON.stringify(JSON.parse(body))]);
  } catch {
    // Not JSON: nothing to write anew.
  }
  return tries.filter(([, text]) => text !== body);
}

function isKey(text: string): boolean {
  try {
    return text.startsWith('whsec_') && new WebhookVerifier(text) instanceof WebhookVerifier;
  } catch {
    return false;
  }
}

/** `unknown` where the browser lacks the algorithm. */
async function codeOf(key: string, headers: Record<string, string>, body: string, now: number, toleranceSeconds = Infinity): Promise<string> {
  try {
    await new WebhookVerifier(key, { acceptSamples: true, toleranceSeconds, now: () => now }).verify(body, headers);
    return 'good';
  } catch (error) {
    return error instanceof WebhookVerificationError ? error.code : 'unknown';
  }
}
