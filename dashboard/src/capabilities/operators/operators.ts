import type { Scope } from '../../api/scope.tsx';

/** All operators, a page at a time: the name of what is cached, and how it is read. */
export const OPERATORS = ['operators', 'list'] as const;
export const loadOperators = (api: Scope['api'], after: string | undefined, signal: AbortSignal) =>
  api.GET('/v1/operators', { params: { query: { limit: 100, ...(after ? { after } : {}) } }, signal });
