/**
 * Verifies the webhooks that Carcosa sends, by Standard Webhooks (https://www.standardwebhooks.com).
 *
 * @packageDocumentation
 */

/** An event: a CloudEvent 1.0 with Carcosa's attributes. */
export interface WebhookEvent<Data = unknown> {
  specversion: '1.0';
  /** The same however often it is sent: what you have seen needs no second look. */
  id: string;
  /** The project's address in its installation: `/projects/prj_…`. */
  source: string;
  /** `noun.verb_past`, such as `tenant.created`; see `GET /v1/event-types`. */
  type: string;
  /** The id of the object that changed. */
  subject: string;
  /** When it was committed, RFC 3339. */
  time: string;
  datacontenttype: 'application/json';
  /** The object after the change; `null` once its personal data was erased. */
  data: Data;
  /** Its place in the total order of the project, decimal; `0` of a test. Compare as numbers: it grows. */
  position: string;
  /** Its place in the stream of its tenant, decimal, without gaps. */
  sequence: string;
  projectid: string;
  tenantid?: string;
  /** Who did it. */
  actor: string;
  /** `true` of a sample that a test sent: nothing has happened. */
  sample?: boolean;
}

/** Why a webhook was not accepted. */
export type RejectionCode =
  | 'missing_header'
  | 'bad_timestamp'
  | 'too_old'
  | 'too_new'
  | 'wrong_signature'
  | 'not_an_event'
  | 'sample';

/** A webhook that is not Carcosa's, or not of now. Answer 401, and say no more. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';

  constructor(
    readonly code: RejectionCode,
    message: string,
  ) {
    super(message);
  }
}

/** Headers of a request: those of `fetch`, or an object with lower-case names as Node has it. */
export type HeaderSource =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifierOptions {
  /** How far the time of a webhook may lie from now, in seconds; 300 when absent. */
  toleranceSeconds?: number;
  /**
   * Take samples too, which tests send: events that have not happened, of objects that do not exist, with `sample: true`. For trying out
   * what an application does with each type; `false` when absent.
   */
  acceptSamples?: boolean;
  /** The time now, in milliseconds since 1970: for tests. */
  now?: () => number;
}

interface Key {
  version: 'v1' | 'v1a';
  algorithm: HmacImportParams | { name: 'Ed25519' };
  bytes: Uint8Array<ArrayBuffer>;
  imported?: Promise<CryptoKey>;
}

const MAX_SIGNATURES = 10;

const encoder = new TextEncoder();

/** Accepts what was signed with one of its keys, a short while ago. */
export class WebhookVerifier {
  readonly #keys: Key[];
  readonly #tolerance: number;
  readonly #acceptSamples: boolean;
  readonly #now: () => number;

  /** Takes secrets (`whsec_…`) and public keys (`whpk_…`); several while one is rotated. */
  constructor(keys: string | readonly string[], options: VerifierOptions = {}) {
    this.#keys = (typeof keys === 'string' ? [keys] : [...keys]).map(parseKey);
    if (this.#keys.length === 0) throw new TypeError('a verifier needs at least one key');
    this.#tolerance = options.toleranceSeconds ?? 300;
    this.#acceptSamples = options.acceptSamples ?? false;
    this.#now = options.now ?? Date.now;
  }

  /**
   * The event, when the webhook is Carcosa's and of now. The body must be as it came, not parsed and written again.
   *
   * @throws WebhookVerificationError when it is not.
   */
  async verify<Data = unknown>(
    body: string | Uint8Array,
    headers: HeaderSource,
  ): Promise<WebhookEvent<Data>> {
    const id = read(headers, 'webhook-id');
    const timestamp = read(headers, 'webhook-timestamp');
    const signatures = read(headers, 'webhook-signature');
    this.#checkTime(timestamp);
    const bytes = typeof body === 'string' ? encoder.encode(body) : body;
    const signed = join(encoder.encode(`${id}.${timestamp}.`), bytes);
    if (!(await this.#fits(signatures, signed))) {
      throw new WebhookVerificationError('wrong_signature', 'no signature fits');
    }
    const event = parseEvent<Data>(bytes);
    if (event.sample === true && !this.#acceptSamples) {
      throw new WebhookVerificationError('sample', 'it is a sample, and this verifier takes none');
    }
    return event;
  }

  #checkTime(timestamp: string): void {
    if (!/^[0-9]{1,15}$/.test(timestamp)) {
      throw new WebhookVerificationError('bad_timestamp', '`webhook-timestamp` is no time');
    }
    const age = Math.floor(this.#now() / 1000) - Number(timestamp);
    if (age > this.#tolerance) {
      throw new WebhookVerificationError('too_old', '`webhook-timestamp` is too old');
    }
    if (age < -this.#tolerance) {
      throw new WebhookVerificationError('too_new', '`webhook-timestamp` is in the future');
    }
  }

  async #fits(signatures: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
    // Carcosa sends at most three; each costs going through the body, for anyone who asks.
    for (const one of signatures.split(' ', MAX_SIGNATURES)) {
      const comma = one.indexOf(',');
      const version = one.slice(0, Math.max(comma, 0));
      const signature = decode(one.slice(comma + 1));
      if (signature?.length !== (version === 'v1' ? 32 : 64)) continue;
      for (const key of this.#keys) {
        if (key.version !== version) continue;
        key.imported ??= crypto.subtle.importKey('raw', key.bytes, key.algorithm, false, ['verify']);
        // Web Crypto compares in constant time.
        if (await crypto.subtle.verify(key.algorithm.name, await key.imported, signature, signed)) return true;
      }
    }
    return false;
  }
}

function parseKey(text: string): Key {
  const wrong = new TypeError('a key is `whsec_` or `whpk_`, and base64');
  const [prefix] = /^wh(sec|pk)_/.exec(text) ?? [];
  const bytes = prefix === undefined ? undefined : decode(text.slice(prefix.length));
  if (bytes === undefined || bytes.length === 0) throw wrong;
  if (prefix === 'whsec_') return { version: 'v1', algorithm: { name: 'HMAC', hash: 'SHA-256' }, bytes };
  if (bytes.length !== 32) throw wrong;
  return { version: 'v1a', algorithm: { name: 'Ed25519' }, bytes };
}

function read(headers: HeaderSource, name: string): string {
  const value =
    'get' in headers && typeof headers.get === 'function'
      ? headers.get(name)
      : (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  const text = typeof value === 'string' ? value : value?.[0];
  if (!text) throw new WebhookVerificationError('missing_header', `the header \`${name}\` is missing`);
  return text;
}

/** Base64 as bytes; `undefined` when it is none. */
function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function parseEvent<Data>(bytes: Uint8Array): WebhookEvent<Data> {
  const wrong = new WebhookVerificationError('not_an_event', 'the body is no event');
  let event: unknown;
  try {
    event = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw wrong;
  }
  const is = typeof event === 'object' && event !== null && 'specversion' in event && 'type' in event;
  if (!is || event === null || (event as WebhookEvent).specversion !== '1.0') throw wrong;
  return event as WebhookEvent<Data>;
}
