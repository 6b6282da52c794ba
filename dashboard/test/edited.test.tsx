import { act, renderHook } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { useEdited } from '../src/capabilities/roles/edited.ts';
import { useEdits } from '../src/capabilities/roles/edits.ts';
import type { Role } from '../src/capabilities/roles/data.ts';

interface Item {
  id: string;
  version: number;
  name: string;
  other: number;
}
const first: Item = { id: 'a', version: 1, name: 'Old', other: 0 };

/** A form over the name alone. */
function setUp() {
  const send = vi.fn<(values: { name: string }, base: Item) => Promise<void>>(() => Promise.resolve());
  const hook = renderHook(({ thing }: { thing: Item }) => useEdited({ thing, values: ({ name }) => ({ name }), send }), { initialProps: { thing: first } });
  return { send, hook, edited: () => hook.result.current };
}

it('takes over a new version while nothing is typed', () => {
  const { hook, edited } = setUp();
  hook.rerender({ thing: { ...first, version: 2, name: 'Theirs' } });
  expect(edited().form.values).toEqual({ name: 'Theirs' });
  expect(edited().form.dirty).toBe(false);
});

it('goes on over a version that changed something else, and sends that version along', async () => {
  const { send, hook, edited } = setUp();
  act(() => edited().form.set('name', 'Mine'));
  const second = { ...first, version: 2, other: 7 };
  hook.rerender({ thing: second });
  expect(edited().stale).toBe(false);
  expect(edited().form.values).toEqual({ name: 'Mine' });
  await act(async () => edited().form.submit());
  expect(send).toHaveBeenCalledWith({ name: 'Mine' }, second);
});

it('keeps what was typed when the same was changed, until the reader gives it up', () => {
  const { hook, edited } = setUp();
  act(() => edited().form.set('name', 'Mine'));
  hook.rerender({ thing: { ...first, version: 2, name: 'Theirs' } });
  expect(edited().stale).toBe(true);
  expect(edited().form.values).toEqual({ name: 'Mine' });
  expect(edited().base.version).toBe(1);
  act(() => edited().takeOver());
  expect(edited().stale).toBe(false);
  expect(edited().form.values).toEqual({ name: 'Theirs' });
});

it('collects changes of roles over the version that was there at the first of them', () => {
  const role = { id: 'rol_1', version: 1, permissions: ['key:read'] } as Role;
  const hook = renderHook(({ roles }: { roles: Role[] }) => useEdits(roles), { initialProps: { roles: [role] } });
  const state = () => hook.result.current;
  act(() => state().toggle(role, 'key:create'));
  const newer = { ...role, version: 2, permissions: ['share:read'] } as Role;
  hook.rerender({ roles: [newer] });
  act(() => state().toggle(newer, 'key:read'));
  const edit = state().edits.get('rol_1');
  expect(edit?.base.version).toBe(1);
  expect(edit?.change).toEqual({ added: ['key:create'], removed: ['key:read'] });
  // Taken back one by one, nothing is left to save.
  act(() => state().toggle(newer, 'key:read'));
  act(() => state().toggle(newer, 'key:create'));
  expect(state().edits.size).toBe(0);
  expect([...state().scopesOf(newer)]).toEqual(['share:read']);
});
