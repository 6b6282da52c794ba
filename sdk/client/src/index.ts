/**
 * Carcosa's API for TypeScript. Paths, parameters, bodies and answers are typed by the server's OpenAPI document.
 *
 * @packageDocumentation
 */

import createFetchClient, { type Client } from 'openapi-fetch';
import { type RetryOptions, patientFetch } from './retry.js';
import type { components, paths } from './schema.js';

export { CarcosaError, type Violation } from './errors.js';
export type { RetryOptions } from './retry.js';
export type { components, paths } from './schema.js';

/** The types of objects, requests and answers: `Schemas['Tenant']`. */
export type Schemas = components['schemas'];

export interface ClientOptions extends Partial<RetryOptions> {
  /** Where the server is, such as `https://tenants.example.com`. */
  url: string;
  /** An API key or access token. Without one the browser's session is used. */
  key?: string;
  /** The project that an operator works in: its id. A key has its own. */
  project?: string;
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch;
}

/** The API: `GET`, `POST`, `PATCH`, `PUT` and `DELETE`, each with a path of the reference. */
export type Carcosa = Client<paths>;

/**
 * A client. Requests are made again when the server is busy or the network fails; POST does nothing twice. Everything else that is no success
 * throws `CarcosaError`.
 */
export function createClient(options: ClientOptions): Carcosa {
  const { url, key, project, fetch: inner = globalThis.fetch } = options;
  const { retries = 3, firstPause = 250, longestPause = 30_000 } = options;
  return createFetchClient<paths>({
    baseUrl: url.replace(/\/+$/, ''),
    fetch: patientFetch(inner, { retries, firstPause, longestPause }),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(project === undefined ? {} : { 'x-carcosa-project': project }),
    },
  });
}

/** What a call answers: `const tenant = await ok(carcosa.GET('/v1/tenants/{tenant}', …))`. */
export async function ok<Data>(call: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await call;
  // What is no success has thrown. Answers without a body have no type either.
  return data as Data;
}

/** A page of a list. */
export interface Page<Item> {
  data: Item[];
  page: { after?: string | null; has_more: boolean };
}

/**
 * All items of a list, page by page as they are taken:
 *
 * ```ts
 * for await (const tenant of all((after) => carcosa.GET('/v1/tenants', { params: { query: { limit: 100, after } } }))) …
 * ```
 */
export async function* all<Item>(
  load: (after: string | undefined) => Promise<{ data?: Page<Item> }>,
): AsyncGenerator<Item, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const page = await ok(load(after));
    yield* page.data;
    if (!page.page.has_more || !page.page.after) return;
    after = page.page.after;
  }
}
