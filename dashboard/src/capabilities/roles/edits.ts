/** Changes of roles that are collected before they are saved together. */

import { useMemo, useState } from 'react';
import type { Role } from './data.ts';
import { type Difference, difference, isSame, toggled } from './scopes.ts';

/** A role as it was when the first of its cells changed, and what it is to give. */
export interface Edit {
  base: Role;
  scopes: ReadonlySet<string>;
  change: Difference;
}

export type Edits = ReadonlyMap<string, Edit>;

export interface EditState {
  edits: Edits;
  /** What a role gives, with its changes. */
  scopesOf: (role: Role) => ReadonlySet<string>;
  toggle: (role: Role, scope: string) => void;
  /** Forgets the changes of these roles; of all without. */
  drop: (ids?: readonly string[]) => void;
}

export function useEdits(roles: readonly Role[]): EditState {
  const [edits, setEdits] = useState<Edits>(new Map());
  const saved = useMemo(() => new Map(roles.map((role) => [role.id, new Set(role.permissions)])), [roles]);
  return {
    edits,
    scopesOf: (role) => edits.get(role.id)?.scopes ?? saved.get(role.id) ?? new Set(),
    toggle: (role, scope) =>
      setEdits((now) => {
        const base = now.get(role.id)?.base ?? role;
        const scopes = toggled(now.get(role.id)?.scopes ?? new Set(role.permissions), scope);
        const change = difference(base.permissions, scopes);
        const next = new Map(now);
        if (isSame(change)) next.delete(role.id);
        else next.set(role.id, { base, scopes, change });
        return next;
      }),
    drop: (ids) =>
      setEdits((now) => {
        const next = new Map(now);
        for (const id of ids ?? [...now.keys()]) next.delete(id);
        return next;
      }),
  };
}
