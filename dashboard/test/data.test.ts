import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, it, vi } from 'vitest';
import { forget, refresh, replaced, showAtOnce } from '../src/api/data.ts';
import { touchedBy } from '../src/api/live.tsx';

const root = ['project', 'prj_1'];

function cache() {
  const client = new QueryClient();
  client.setQueryData([...root, 'keys', 'key_1'], { id: 'key_1', enabled: true });
  client.setQueryData([...root, 'keys', {}], { pages: [{ data: [{ id: 'key_1', enabled: true }, { id: 'key_2', enabled: true }], page: {} }] });
  client.setQueryData(['project', 'prj_2', 'keys', 'key_1'], { id: 'key_1', enabled: true });
  return client;
}

describe('a change shown at once', () => {
  it('reaches the object wherever its project shows it, and nowhere else', () => {
    const client = cache();
    showAtOnce(client, root, { id: 'key_1', changes: { enabled: false } });
    expect(client.getQueryData([...root, 'keys', 'key_1'])).toEqual({ id: 'key_1', enabled: false });
    expect(client.getQueryData([...root, 'keys', {}])).toMatchObject({ pages: [{ data: [{ enabled: false }, { enabled: true }] }] });
    expect(client.getQueryData(['project', 'prj_2', 'keys', 'key_1'])).toEqual({ id: 'key_1', enabled: true });
  });

  it('is undone when the server refuses', () => {
    const client = cache();
    const before = structuredClone(client.getQueryData([...root, 'keys', {}]));
    showAtOnce(client, root, { id: 'key_1', changes: { enabled: false } })();
    expect(client.getQueryData([...root, 'keys', {}])).toStrictEqual(before);
  });

  it('is not undone over what was read meanwhile', () => {
    const client = cache();
    const undo = showAtOnce(client, root, { id: 'key_1', changes: { enabled: false } });
    client.setQueryData([...root, 'keys', 'key_1'], { id: 'key_1', enabled: false, name: 'new' });
    undo();
    expect(client.getQueryData([...root, 'keys', 'key_1'])).toEqual({ id: 'key_1', enabled: false, name: 'new' });
  });

  it('leaves what does not hold the object as it is', () => {
    const data = { pages: [{ data: [{ id: 'key_2' }] }] };
    expect(replaced(data, 'key_1', { enabled: false })).toBe(data);
  });

  it('does not reach into other objects that mention it', () => {
    const data = { id: 'mem_1', user: { id: 'usr_1', name: 'Ada' } };
    expect(replaced(data, 'usr_1', { name: 'Eve' })).toBe(data);
  });
});

describe('reading again', () => {
  it('is not done of what this page has deleted, which is forgotten with its page', async () => {
    const client = cache();
    let asked = 0;
    const key = [...root, 'keys', 'key_9'];
    const page = new QueryObserver(client, { queryKey: key, queryFn: () => ({ id: 'key_9', asked: (asked += 1) }) });
    const leave = page.subscribe(() => undefined);
    await vi.waitFor(() => expect(asked).toBe(1));
    forget('key_9');
    await refresh(client, root, ['keys']);
    expect(asked).toBe(1);
    expect(client.getQueryState([...root, 'keys', {}])?.isInvalidated).toBe(true);
    leave();
    await refresh(client, root, ['keys']);
    expect(client.getQueryData(key)).toBeUndefined();
  });

  it('marks the resources of one project', async () => {
    const client = cache();
    await refresh(client, root, ['keys']);
    const stale = (key: readonly unknown[]) => client.getQueryState(key)?.isInvalidated;
    expect(stale([...root, 'keys', 'key_1'])).toBe(true);
    expect(stale(['project', 'prj_2', 'keys', 'key_1'])).toBe(false);
  });

  it('knows what each event changes', () => {
    expect(touchedBy('membership.created')).toEqual(['members', 'tenants', 'audit']);
    expect(touchedBy('role.updated')).toEqual(['roles', 'members', 'audit']);
    expect(touchedBy('webhook_endpoint.paused')).toEqual(['webhooks', 'webhook_stats', 'tenants', 'audit']);
    expect(touchedBy('something.new')).toEqual(['audit']);
  });

  it('asks again what members may do when it may be something else', () => {
    for (const type of ['membership.updated', 'user.disabled', 'role.deleted', 'tenant.suspended', 'security_policy.updated']) {
      expect(touchedBy(type), type).toContain('members');
    }
  });
});
