import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let early: typeof import('../src/api/early.ts');
const asked: Request[] = [];
let answer: () => Promise<Response>;

const at = (path: string, project?: string) =>
  new Request(new URL(path, 'http://localhost'), { headers: project === undefined ? {} : { 'x-carcosa-project': project } });

beforeEach(async () => {
  vi.resetModules();
  asked.length = 0;
  answer = () => Promise.resolve(new Response('{}'));
  // As in a browser, addresses begin at the page's.
  vi.stubGlobal(
    'Request',
    class extends Request {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        super(typeof input === 'string' ? new URL(input, 'http://localhost') : input, init);
      }
    },
  );
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request);
    return answer();
  });
  early = await import('../src/api/early.ts');
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test.each(['/account', '/p/', '/p/%E0%A4%A/keys', '/p/%E6%97%A5'])('%s is in no project: no permissions are asked for', (path) => {
  early.askEarly(path);
  expect(asked.map((request) => new URL(request.url).pathname)).toEqual(['/v1/session', '/v1/projects']);
});

test('an answer is used once, by the request that asks the same of the same project', async () => {
  early.askEarly('/p/card-vault/tenants');
  expect(asked).toHaveLength(3);
  expect(await early.takeEarly(at('/v1/access/self', 'another'))).toBeUndefined();
  expect(await early.takeEarly(at('/v1/access/self'))).toBeUndefined();
  expect(await early.takeEarly(at('/v1/projects?limit=20'))).toBeUndefined();
  expect(await early.takeEarly(at('/v1/access/self', 'card-vault'))).toBeInstanceOf(Response);
  expect(await early.takeEarly(at('/v1/access/self', 'card-vault'))).toBeUndefined();
  expect(await early.takeEarly(at('/v1/projects?limit=100'))).toBeInstanceOf(Response);
});

test.each([
  ['a refusal', () => Promise.resolve(new Response('{}', { status: 401 }))],
  ['a broken connection', () => Promise.reject(new TypeError('Failed to fetch'))],
])('%s is asked for again', async (_, broken) => {
  answer = broken;
  early.askEarly('/');
  expect(await early.takeEarly(at('/v1/session'))).toBeUndefined();
});

test('an answer of long ago is asked for again', async () => {
  early.askEarly('/');
  vi.spyOn(performance, 'now').mockReturnValue(5001);
  expect(await early.takeEarly(at('/v1/session'))).toBeUndefined();
});
