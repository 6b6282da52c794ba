/** The projects that the operator may see. */

import { all, ok } from '@carcosa/client';
import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query';
import { clientOf } from '../api/client.ts';
import type { Project } from '../api/scope.tsx';

/** More are not shown in the switcher: whoever has more finds them in the list of projects. */
const MOST = 500;

const allProjects = queryOptions({
  queryKey: ['installation', 'projects', 'all'],
  queryFn: async ({ signal }) => {
    const found: Project[] = [];
    const load = (after: string | undefined) =>
      clientOf().GET('/v1/projects', { params: { query: { limit: 100, after } }, signal });
    for await (const project of all<Project>(load)) {
      found.push(project);
      if (found.length >= MOST) break;
    }
    return found;
  },
  staleTime: 60_000,
});

const ownAccess = (slug: string) =>
  queryOptions({
    queryKey: ['installation', 'access', slug],
    queryFn: ({ signal }) => ok(clientOf(slug).GET('/v1/access/self', { signal })),
    staleTime: 60_000,
  });

/** All of them, for the switcher and to find one by its slug. */
export const useProjects = () => useQuery(allProjects);

/** What the operator may do in a project. */
export const useOwnAccess = (slug: string) => useQuery(ownAccess(slug));

/** Both at once, before the project is drawn. What fails is asked again, and reported, by the page. */
export async function loadProject(client: QueryClient, slug: string): Promise<void> {
  await Promise.allSettled([client.ensureQueryData(allProjects), client.ensureQueryData(ownAccess(slug))]);
}

/** The one with this slug or id. */
export const findProject = (projects: readonly Project[] | undefined, name: string): Project | undefined =>
  projects?.find((project) => project.slug === name || project.id === name);

const KEY = 'carcosa.project';

/** The project last worked in, in this browser. */
export const lastProject = (): string | null => localStorage.getItem(KEY);
export const rememberProject = (slug: string): void => localStorage.setItem(KEY, slug);
