/** The frame of pages before sign-in: one card in the middle. */

import { Outlet } from '@tanstack/react-router';
import { useMemo } from 'react';
import { clientOf } from '../api/client.ts';
import { type Scope, ScopeContext } from '../api/scope.tsx';
import { Mark } from './mark.tsx';

export function Door() {
  const scope = useMemo<Scope>(() => ({ root: ['door'], api: clientOf(), can: () => false }), []);
  return (
    <ScopeContext value={scope}>
      <main className="door">
        <div className="door-brand">
          <Mark size={32} />
          <span>Carcosa</span>
        </div>
        <Outlet />
      </main>
    </ScopeContext>
  );
}
