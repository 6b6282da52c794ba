/** Changing a user: over the version that was shown, and what it is by now where someone was faster. */

import { type Schemas, ok } from '@carcosa/client';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import type { User } from './status.tsx';

export function useUserChange(id: string) {
  const { api } = useScope();
  const refresh = useRefresh();
  const params = { path: { user: id } };
  return {
    save: async (over: User, body: Schemas['UpdateUser']): Promise<User> => {
      try {
        return await ok(api.PATCH('/v1/users/{user}', { params, body, headers: ifMatch(over.version) }));
      } finally {
        // Refused or not: what someone else made of it is shown.
        await refresh('users', 'members', 'names');
      }
    },
    reload: (): Promise<User> => ok(api.GET('/v1/users/{user}', { params })),
  };
}
