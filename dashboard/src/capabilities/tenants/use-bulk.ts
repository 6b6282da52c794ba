/** Carrying out the same for many tenants, with how far it is and how it went. */

import { CarcosaError, ok } from '@carcosa/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useRefresh } from '../../api/data.ts';
import { type Scope, useScope } from '../../api/scope.tsx';
import { problemText } from '../../ui/problem.ts';
import { type BulkAct, type Row, inTurn } from './bulk.ts';
import type { Tenant } from './tenant.tsx';

/** One change. The key is the same for the same tenant as long as it is not known whether it was carried out. */
function send(api: Scope['api'], tenant: Tenant, act: BulkAct, reason: string, key: string): Promise<unknown> {
  const path = { tenant: tenant.id };
  const why = reason.trim() === '' ? {} : { reason: reason.trim() };
  if (act.do === 'plan') return ok(api.PATCH('/v1/tenants/{tenant}', { params: { path }, body: { plan: act.plan } }));
  if (act.do === 'delete') return ok(api.DELETE('/v1/tenants/{tenant}', { params: { path, query: why } }));
  return ok(api.POST(`/v1/tenants/{tenant}/${act.do}`, { params: { path }, body: why, headers: { 'Idempotency-Key': key } }));
}

export interface BulkState {
  is: 'ready' | 'running' | 'stopping' | 'over';
  total: number;
  rows: readonly Row[];
}

export function useBulk() {
  const { api } = useScope();
  const refresh = useRefresh();
  const [state, setState] = useState<BulkState>({ is: 'ready', total: 0, rows: [] });
  const abort = useRef<AbortController>(undefined);
  const keys = useRef(new Map<string, string>());
  // Whoever leaves the page stops what has not begun.
  useEffect(() => () => abort.current?.abort(), []);

  const run = useCallback(
    async (tenants: readonly Tenant[], act: BulkAct, reason: string, stopped: string) => {
      const stop = new AbortController();
      abort.current = stop;
      // Those that are tried again make place for their new outcome.
      const ids = new Set(tenants.map((tenant) => tenant.id));
      setState((now) => ({ is: 'running', total: tenants.length, rows: now.rows.filter((row) => !ids.has(row.id)) }));
      const add = (row: Row) => setState((now) => ({ ...now, rows: [...now.rows, row] }));
      const keyOf = (id: string) => {
        const key = keys.current.get(id) ?? crypto.randomUUID();
        keys.current.set(id, key);
        return key;
      };
      const left = await inTurn(
        tenants,
        (tenant) => send(api, tenant, act, reason, keyOf(tenant.id)),
        ({ id, name }, error) => {
          // A refusal is final for this request; without an answer the same request must not be carried out twice.
          if (error === undefined || error instanceof CarcosaError) keys.current.delete(id);
          add({ id, name, outcome: error === undefined ? 'done' : 'failed', text: error === undefined ? '' : problemText(error) });
        },
        stop.signal,
      );
      left.forEach(({ id, name }) => add({ id, name, outcome: 'stopped', text: stopped }));
      setState((now) => ({ ...now, is: 'over' }));
      await refresh('tenants', 'stats', 'audit');
    },
    [api, refresh],
  );
  const stop = useCallback(() => {
    abort.current?.abort();
    setState((now) => ({ ...now, is: 'stopping' }));
  }, []);
  return { state, run, stop };
}
