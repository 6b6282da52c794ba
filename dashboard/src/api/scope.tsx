/** Where a page is at work: in a project, or in the installation. Everything it reads and caches belongs there. */

import type { Carcosa, Schemas } from '@carcosa/client';
import { createContext, use } from 'react';

/** A project, and what the operator is in it. */
export type Project = Schemas['OwnProject'];

export interface Scope {
  /** What cached data of this place begins with. */
  root: readonly string[];
  api: Carcosa;
  /** Whether the operator holds a permission here. What is not held is not offered; the server decides anyway. */
  can: (permission: string) => boolean;
}

export interface ProjectScope extends Scope {
  project: Project;
}

export const ScopeContext = createContext<Scope | undefined>(undefined);
export const ProjectContext = createContext<ProjectScope | undefined>(undefined);

/** The place of the page. */
export function useScope(): Scope {
  const scope = use(ScopeContext);
  if (!scope) throw new Error('there is no scope around this component');
  return scope;
}

/** The project of the page. */
export function useProject(): ProjectScope {
  const scope = use(ProjectContext);
  if (!scope) throw new Error('there is no project around this component');
  return scope;
}
