/**
 * What every first view asks, asked by the first and smallest file, while the rest of the code is still on its way.
 *
 * An answer is used once, by the request that would have asked the same, and only soon and only when it is a good one: whatever else, that request asks itself.
 */

// As `app/projects.ts` asks for them.
const PROJECTS = '/v1/projects?limit=100';
const ACCESS = '/v1/access/self';
const FRESH_MS = 5000;
const sent = new Map<string, Promise<Response>>();

const PROJECT = 'x-carcosa-project';
const nameOf = (request: Request): string => `${new URL(request.url).pathname}${new URL(request.url).search} ${request.headers.get(PROJECT) ?? ''}`;

function send(path: string, project?: string): void {
  const request = new Request(path, { headers: project === undefined ? {} : { [PROJECT]: project } });
  const answer = fetch(request);
  // Whoever takes it learns of it.
  answer.catch(() => undefined);
  sent.set(nameOf(request), answer);
}

/** For a page behind the door: asks who is signed in, for their projects and, in a project, what they may do in it. */
export function askEarly(path: string): void {
  send('/v1/session');
  send(PROJECTS);
  // Slugs and ids have no other letters; whatever else stands there is for the page to refuse.
  const project = /^\/p\/([\w-]+)(?:\/|$)/.exec(path)?.[1];
  if (project !== undefined) send(ACCESS, project);
}

/** The answer to a request that was sent early, if there is a good one. */
export async function takeEarly(request: Request): Promise<Response | undefined> {
  const name = nameOf(request);
  const answer = sent.get(name);
  sent.delete(name);
  if (!answer || performance.now() > FRESH_MS) return undefined;
  const response = await answer.catch(() => undefined);
  return response?.ok ? response : undefined;
}
