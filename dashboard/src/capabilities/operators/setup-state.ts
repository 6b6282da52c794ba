import { ok } from '@carcosa/client';
import { useQuery } from '@tanstack/react-query';
import { clientOf } from '../../api/client.ts';

/** Whether this installation waits for its first operator. */
export const useSetup = () =>
  useQuery({
    queryKey: ['door', 'setup'],
    queryFn: ({ signal }) => ok(clientOf().GET('/v1/setup', { signal })),
    staleTime: Infinity,
  });
