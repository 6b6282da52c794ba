import { CarcosaError } from '@carcosa/client';
import { act, renderHook } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { useMergeForm } from '../src/ui/merge-form.tsx';

interface Item {
  id: string;
  version: number;
  name: string;
  other: number;
}
const first: Item = { id: 'a', version: 1, name: 'Old', other: 0 };
const stale = () => new CarcosaError(412, 'version_mismatch', 'Changed', [], undefined, undefined);

/** A form over the name alone, and a server whose state the test sets. */
function setUp() {
  const server = { now: first };
  const save = vi.fn(async (values: { name: string }, over: Item) => {
    if (over.version !== server.now.version) throw stale();
    server.now = { ...server.now, ...values, version: server.now.version + 1 };
    return server.now;
  });
  const hook = renderHook(
    ({ item }: { item: Item }) =>
      useMergeForm({ item, read: ({ name }) => ({ name }), save, reload: async () => server.now }),
    { initialProps: { item: first } },
  );
  return { server, save, hook, merge: () => hook.result.current };
}
const send = async (form: { submit: () => void }) => {
  await act(async () => {
    form.submit();
    await new Promise((resolve) => setTimeout(resolve, 40));
  });
};

it('takes in what others saved while nothing was typed', () => {
  const { hook, merge } = setUp();
  hook.rerender({ item: { ...first, version: 2, name: 'Theirs' } });
  expect(merge().form.values).toEqual({ name: 'Theirs' });
  expect(merge().form.dirty).toBe(false);
});

it('saves over a change that is elsewhere', async () => {
  const { server, save, merge } = setUp();
  server.now = { ...first, version: 2, other: 7 };
  act(() => merge().form.set('name', 'Mine'));
  await send(merge().form);
  expect(save).toHaveBeenCalledTimes(2);
  expect(server.now).toEqual({ id: 'a', version: 3, name: 'Mine', other: 7 });
  expect(merge().theirs).toBeUndefined();
});

it('keeps what was typed when the same was changed, and lets the reader keep it', async () => {
  const { server, merge } = setUp();
  server.now = { ...first, version: 2, name: 'Theirs' };
  act(() => merge().form.set('name', 'Mine'));
  await send(merge().form);
  expect(merge().theirs).toEqual({ name: 'Theirs' });
  expect(merge().both).toEqual(['name']);
  expect(merge().form.values).toEqual({ name: 'Mine' });
  // It was sent, but it is not saved.
  expect(merge().form.dirty).toBe(true);
  act(() => merge().keep());
  expect(merge().form.dirty).toBe(true);
  await send(merge().form);
  expect(server.now).toMatchObject({ name: 'Mine', version: 3 });
  expect(merge().theirs).toBeUndefined();
});

it('takes theirs, and still keeps what was typed while more is saved', async () => {
  const { hook, merge } = setUp();
  act(() => merge().form.set('name', 'Mine'));
  hook.rerender({ item: { ...first, version: 2, name: 'Theirs' } });
  hook.rerender({ item: { ...first, version: 3, name: 'Newer' } });
  expect(merge().form.values).toEqual({ name: 'Mine' });
  expect(merge().theirs).toEqual({ name: 'Newer' });
  act(() => merge().take());
  expect(merge().form.values).toEqual({ name: 'Newer' });
  expect(merge().form.dirty).toBe(false);
});

it('goes on over a version that changed something else, and sends that version along', async () => {
  const { server, save, hook, merge } = setUp();
  act(() => merge().form.set('name', 'Mine'));
  server.now = { ...first, version: 2, other: 7 };
  hook.rerender({ item: server.now });
  expect(merge().theirs).toBeUndefined();
  expect(merge().form.values).toEqual({ name: 'Mine' });
  await send(merge().form);
  expect(save).toHaveBeenCalledExactlyOnceWith({ name: 'Mine' }, { ...first, version: 2, other: 7 });
});

it('is no conflict where both typed the same', () => {
  const { hook, merge } = setUp();
  act(() => merge().form.set('name', 'Agreed'));
  hook.rerender({ item: { ...first, version: 2, name: 'Agreed' } });
  expect(merge().theirs).toBeUndefined();
  expect(merge().form.dirty).toBe(false);
});

it('shows what was saved as the server wrote it', async () => {
  const save = vi.fn(async (values: { name: string }) => ({ ...first, name: values.name.trim(), version: 2 }));
  const hook = renderHook(() => useMergeForm({ item: first, read: ({ name }) => ({ name }), save, reload: async () => first }));
  act(() => hook.result.current.form.set('name', ' Mine '));
  await send(hook.result.current.form);
  expect(hook.result.current.form.values).toEqual({ name: 'Mine' });
  expect(hook.result.current.form.dirty).toBe(false);
});

it('keeps what was typed, and theirs where nothing was', async () => {
  const save = vi.fn(async (values: { name: string; other: number }) => ({ ...first, ...values, version: 3 }));
  const hook = renderHook(
    ({ item }: { item: Item }) =>
      useMergeForm({ item, read: ({ name, other }) => ({ name, other }), save, reload: async () => item }),
    { initialProps: { item: first } },
  );
  act(() => hook.result.current.form.set('name', 'Mine'));
  hook.rerender({ item: { ...first, version: 2, name: 'Theirs', other: 7 } });
  expect(hook.result.current.theirs).toEqual({ name: 'Theirs', other: 7 });
  expect(hook.result.current.both).toEqual(['name']);
  act(() => hook.result.current.keep());
  expect(hook.result.current.form.values).toEqual({ name: 'Mine', other: 7 });
  await send(hook.result.current.form);
  expect(save.mock.lastCall?.[0]).toEqual({ name: 'Mine', other: 7 });
});
