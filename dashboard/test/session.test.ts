import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clientOf, withSession } from '../src/api/client.ts';
import { type Session, entered, left, sessionState } from '../src/api/session.ts';

const session = (csrf: string) => ({ csrf_token: csrf, operator: { email: 'ada@example.com' } }) as unknown as Session;
const answer = (status: number, body: object = {}) => Response.json(body, { status });
let calls: Request[] = [];

/** The network: answers one after another. */
function network(...answers: Response[]) {
  vi.stubGlobal('fetch', async (request: Request) => {
    calls.push(request);
    return answers.shift() ?? answer(200);
  });
}

beforeEach(() => {
  calls = [];
  entered(session('one'));
});
afterEach(() => {
  vi.unstubAllGlobals();
  left();
});

describe('requests with the session', () => {
  it('carry the token when they change something', async () => {
    network();
    await withSession('http://localhost/v1/keys', { method: 'POST', body: '{}' });
    await withSession('http://localhost/v1/keys');
    expect(calls.map((call) => call.headers.get('x-csrf-token'))).toEqual(['one', null]);
  });

  it('take the new token when another tab has changed it, and send the same again', async () => {
    network(answer(403, { code: 'csrf_token_invalid' }), answer(200, session('two')), answer(201));
    const response = await withSession('http://localhost/v1/keys', { method: 'POST', body: '{"name":"a"}' });
    expect(response.status).toBe(201);
    expect(calls[2]?.headers.get('x-csrf-token')).toBe('two');
    expect(await calls[2]?.text()).toBe('{"name":"a"}');
  });

  it('are not repeated for another refusal', async () => {
    network(answer(403, { code: 'forbidden' }));
    expect((await withSession('http://localhost/v1/keys', { method: 'POST' })).status).toBe(403);
    expect(calls).toHaveLength(1);
  });

  it('say when the session is over, and keep who it was', async () => {
    network(answer(401, { code: 'invalid_session' }));
    await withSession('http://localhost/v1/keys');
    expect(sessionState()).toMatchObject({ is: 'expired', session: { operator: { email: 'ada@example.com' } } });
  });

  it('do not take a wrong password for the end of the session', async () => {
    network(answer(401, { code: 'invalid_credentials' }));
    await withSession('http://localhost/v1/session', { method: 'POST' });
    expect(sessionState().is).toBe('in');
  });
});

describe('clients', () => {
  it('name their own project in every request, whatever others do', async () => {
    network(answer(200), answer(200), answer(200));
    const [one, two] = [clientOf('prj_1'), clientOf('prj_2')];
    await one.GET('/v1/project');
    await two.GET('/v1/project');
    await one.GET('/v1/project');
    expect(calls.map((call) => call.headers.get('x-carcosa-project'))).toEqual(['prj_1', 'prj_2', 'prj_1']);
    expect(clientOf('prj_1')).toBe(one);
  });
});
