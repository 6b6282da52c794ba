/** Changing a key: over the version that was shown, and what it is by now where someone was faster. */

import { type Schemas, ok } from '@carcosa/client';
import { ifMatch, useRefresh } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import type { ApiKey } from './model.ts';

export function useKeyChange(id: string) {
  const { api } = useProject();
  const refresh = useRefresh();
  const params = { path: { api_key: id } };
  return {
    save: async (over: ApiKey, body: Schemas['UpdateKey']): Promise<ApiKey> => {
      try {
        return await ok(api.PATCH('/v1/keys/{api_key}', { params, body, headers: ifMatch(over.version) }));
      } finally {
        // Refused or not: what someone else made of it is shown.
        void refresh('keys', 'audit');
      }
    },
    reload: (): Promise<ApiKey> => ok(api.GET('/v1/keys/{api_key}', { params })),
  };
}
