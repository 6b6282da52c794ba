/** What one role gives, noun by noun. */

import { useMemo, useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import { Checkbox, SearchField } from '../../ui/fields.tsx';
import { Form } from '../../ui/form.tsx';
import { Conflict } from '../../ui/merge-form.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded, Note } from '../../ui/states.tsx';
import { type Permission, type Role, holdable, usePermissions } from './data.ts';
import { useRolePart } from './part.ts';
import { type Line, coveredBy, difference, heldBy, isSame, lines, matching, toggled } from './scopes.ts';

const texts = messages('role-permissions', {
  title: 'Permissions',
  note: 'What its holders may do. Whoever changes it needs all that it gives.',
  search: 'Filter permissions',
  everything: 'Everything',
  all: (noun: string) => `All of ${noun}`,
  app: 'Your application',
  by: (scope: string) => `by ${scope}`,
  empty: 'A role gives at least one permission.',
  change: (added: string, removed: string) => `Added: ${added || '–'}. Removed: ${removed || '–'}.`,
  none: 'No permission matches.',
});

export function PermissionsCard({ role, editable }: { role: Role; editable: boolean }) {
  const permissions = usePermissions();
  return (
    <Card title={texts.title} note={editable ? texts.note : undefined}>
      <Loaded query={permissions} lines={8}>
        {(found) => <Editor role={role} editable={editable} permissions={found.data} />}
      </Loaded>
    </Card>
  );
}

function Editor({ role, editable, permissions }: { role: Role; editable: boolean; permissions: readonly Permission[] }) {
  const [q, setQ] = useState('');
  const merge = useRolePart({
    role,
    read: (one) => ({ permissions: [...one.permissions].sort() }),
    check: ({ permissions: wanted }) => ({ '/permissions': wanted.length === 0 ? texts.empty : undefined }),
    patch: (values) => values,
  });
  const { form, base } = merge;
  const all = useMemo(() => lines(holdable(permissions)), [permissions]);
  const shown = useMemo(() => matching(all, q), [all, q]);
  const scopes = new Set(form.values.permissions);
  const change = difference(base.permissions, scopes);
  const wrong = form.errorAt('/permissions');
  const list = (
    <div className="scope-groups scope-scroll">
      {shown.length === 0 ? <p className="dim">{texts.none}</p> : null}
      <Groups
        shown={shown}
        scopes={scopes}
        disabled={!editable}
        toggle={(scope) => form.set('permissions', [...toggled(scopes, scope)].sort())}
      />
    </div>
  );
  return (
    <div className="stack">
      {/* Outside the form: Enter in it must not save the role. */}
      <SearchField label={texts.search} value={q} onChange={setQ} />
      {editable ? (
        <Form form={form}>
          {list}
          {isSame(change) ? null : <Note>{texts.change(change.added.join(', '), change.removed.join(', '))}</Note>}
          {wrong ? <Note tone="bad">{wrong}</Note> : null}
          <Conflict merge={merge} names={{ permissions: texts.title }} />
        </Form>
      ) : (
        list
      )}
    </div>
  );
}

interface GroupProps {
  scopes: ReadonlySet<string>;
  disabled: boolean;
  toggle: (scope: string) => void;
}

function Groups({ shown, ...rest }: GroupProps & { shown: readonly Line[] }) {
  const nouns = [...new Set(shown.map((line) => line.noun))];
  return nouns.map((noun) => <Group key={noun} noun={noun} found={shown.filter((line) => line.noun === noun)} {...rest} />);
}

function Group({ noun, found, scopes, disabled, toggle }: GroupProps & { noun: string; found: readonly Line[] }) {
  const app = found.some((line) => line.info && !line.info.built_in);
  return (
    <fieldset className="scope-group">
      <legend>
        {noun === '' ? texts.everything : noun} {app ? <Badge tone="info">{texts.app}</Badge> : null}
      </legend>
      <div className="scope-list">
        {found.map((line) => (
          <Scope key={line.scope} line={line} scopes={scopes} disabled={disabled} toggle={toggle} />
        ))}
      </div>
    </fieldset>
  );
}

function Scope({ line, scopes, disabled, toggle }: GroupProps & { line: Line }) {
  const held = heldBy(scopes, line);
  const help = line.kind === 'noun' ? texts.all(line.noun) : line.info?.description;
  return (
    <Checkbox
      checked={held === 'own' || held === 'covered'}
      mixed={held === 'some'}
      disabled={disabled || held === 'covered'}
      onChange={() => toggle(line.scope)}
      label={
        <>
          <span className="mono">{line.scope}</span> {held === 'covered' ? <span className="dim small">{texts.by(coveredBy(scopes, line))}</span> : null}
          {help ? <span className="matrix-help">{help}</span> : null}
        </>
      }
    />
  );
}
