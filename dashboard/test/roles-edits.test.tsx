import { act, renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Role } from '../src/capabilities/roles/data.ts';
import { useEdits } from '../src/capabilities/roles/edits.ts';

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
