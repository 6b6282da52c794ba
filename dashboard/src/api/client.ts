/**
 * The public API, as the dashboard calls it: by the SDK's client, with the browser's session.
 *
 * Nothing else in the dashboard makes requests. Each project has a client of its own, so that what a page asks cannot end up in another project,
 * whatever other tabs do.
 */

import { type Carcosa, createClient } from '@carcosa/client';
import { takeEarly } from './early.ts';
import { announce, csrfToken, refreshToken } from './session.ts';

const clients = new Map<string, Carcosa>();

/** The client of a project (its id, or its slug where the id is not known yet), or of the installation. */
export function clientOf(project?: string): Carcosa {
  const name = project ?? '';
  let client = clients.get(name);
  if (!client) {
    const where = project === undefined ? {} : { project };
    client = createClient({ url: globalThis.location.origin, fetch: withSession, retries: 2, longestPause: 5000, ...where });
    clients.set(name, client);
  }
  return client;
}

/** Headers that a page needs to read a stream by itself. */
export const projectHeaders = (project: string): Record<string, string> => ({ 'x-carcosa-project': project });

/** Codes that say that the session is over, not that something is forbidden. */
const SIGNED_OUT = new Set(['unauthenticated', 'invalid_session']);

/** `fetch` that carries the session's token, takes a new one when another tab changed it, and says when the session is over. */
export async function withSession(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (request.method === 'GET' || request.method === 'HEAD') return watched(request, (await takeEarly(request)) ?? (await fetch(request)));
  const spare = request.clone();
  const response = await fetch(signed(request, csrfToken()));
  if (response.status === 403 && (await codeOf(response)) === 'csrf_token_invalid') {
    return watched(spare, await fetch(signed(spare, await refreshToken())));
  }
  return watched(spare, response);
}

function signed(request: Request, token: string | undefined): Request {
  if (token !== undefined) request.headers.set('x-csrf-token', token);
  return request;
}

async function watched(request: Request, response: Response): Promise<Response> {
  const opensDoor = new URL(request.url).pathname === '/v1/session' && request.method !== 'DELETE';
  if (response.status === 401 && !opensDoor && SIGNED_OUT.has((await codeOf(response)) ?? '')) announce();
  return response;
}

async function codeOf(response: Response): Promise<string | undefined> {
  try {
    return ((await response.clone().json()) as { code?: string }).code;
  } catch {
    return undefined;
  }
}
