/** Whether what tenants have fits a schema, before it is saved. */

import { type Schemas, ok } from '@carcosa/client';
import { useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { type JsonObject, violations, writeObject } from '../../ui/json-field.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Card } from '../../ui/page.tsx';
import { problemText } from '../../ui/problem.ts';
import { Note } from '../../ui/states.tsx';

const texts = messages('check-tenants', {
  title: 'Your tenants',
  note: 'Holds the metadata of the newest 100 tenants against the schema above.',
  check: 'Check the newest tenants',
  none: 'There is no tenant yet.',
  fit: (count: number) => `${counted(count, 'tenant fits', 'tenants fit')}.`,
  wrong: (count: number) =>
    `${counted(count, 'tenant does', 'tenants do')} not fit. They keep what they have; their next change of metadata has to mend it.`,
  try: 'Try it above',
  broken: 'The schema cannot be used as it is.',
  more: (count: number) => `and ${counted(count, 'more', 'more')}`,
});

interface Misfit {
  tenant: Schemas['Tenant'];
  why: string;
}
type Outcome = { failed: string } | { of: JsonObject; fit: number; wrong: Misfit[] };

const SHOWN = 8;

export function CheckTenants({ schema, use }: { schema: JsonObject; use: (sample: string) => void }) {
  const { api, can, project } = useProject();
  const [outcome, setOutcome] = useState<Outcome>();
  const [busy, setBusy] = useState(false);
  if (!can('tenant:read')) return null;
  const check = async () => {
    setBusy(true);
    try {
      const { data } = await ok(api.GET('/v1/tenants', { params: { query: { limit: 100 } } }));
      setOutcome(await held(schema, data));
    } catch (error) {
      setOutcome({ failed: problemText(error) });
    } finally {
      setBusy(false);
    }
  };
  // An answer about another schema is no answer.
  const current = outcome && ('failed' in outcome || JSON.stringify(outcome.of) === JSON.stringify(schema)) ? outcome : undefined;
  return (
    <div className="settings-card">
      <Card
        title={texts.title}
        note={texts.note}
        actions={
          <Button size="sm" busy={busy} onClick={() => void check()}>
            {texts.check}
          </Button>
        }
      >
        {current ? (
          <div className="stack" role="status">
            {'failed' in current ? <Note tone="bad">{current.failed}</Note> : <Answer outcome={current} slug={project.slug} use={use} />}
          </div>
        ) : null}
      </Card>
    </div>
  );
}

async function held(schema: JsonObject, tenants: readonly Schemas['Tenant'][]): Promise<Outcome> {
  const wrong: Misfit[] = [];
  for (const tenant of tenants) {
    try {
      const [first] = await violations(schema, tenant.metadata as JsonObject);
      if (first !== undefined) wrong.push({ tenant, why: first });
    } catch {
      return { failed: texts.broken };
    }
  }
  return { of: schema, fit: tenants.length - wrong.length, wrong };
}

function Answer({ outcome, slug, use }: { outcome: Exclude<Outcome, { failed: string }>; slug: string; use: (sample: string) => void }) {
  const { fit, wrong } = outcome;
  if (fit + wrong.length === 0) return <p className="dim">{texts.none}</p>;
  return (
    <>
      {fit > 0 ? <Note tone="good">{texts.fit(fit)}</Note> : null}
      {wrong.length > 0 ? (
        <Note tone="warn">
          <p>{texts.wrong(wrong.length)}</p>
          <ul>
            {wrong.slice(0, SHOWN).map(({ tenant, why }) => (
              <li key={tenant.id}>
                <AppLink href={projectPaths(slug).tenant(tenant.id)}>{tenant.name}</AppLink>: <span className="small">{why}</span>{' '}
                <Button size="sm" tone="quiet" onClick={() => use(writeObject(tenant.metadata as JsonObject))}>
                  {texts.try}
                </Button>
              </li>
            ))}
            {wrong.length > SHOWN ? <li>{texts.more(wrong.length - SHOWN)}</li> : null}
          </ul>
        </Note>
      ) : null}
    </>
  );
}
