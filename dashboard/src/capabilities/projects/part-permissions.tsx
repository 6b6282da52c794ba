/** Permissions of the application itself: what roles and keys may name beside Carcosa's own. */

import { Plus, X } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Ask } from '../../ui/dialog.tsx';
import { PartCard, type PartProps, usePart } from './part.tsx';
import { type RolesWith, useRolesWith } from './roles-with.ts';

const texts = messages('settings-permissions', {
  title: 'Permissions of your application',
  note: 'What people and keys may do in your application, such as “invoice:approve”. Roles and keys name them; access checks, tokens and key verification answer for them.',
  label: 'Permissions',
  name: 'Name',
  help: 'What it allows',
  add: 'Add a permission',
  remove: (name: string) => `Remove ${name || 'this row'}`,
  rule: 'A noun, “:” and a verb, each 1 to 32 small letters, digits and “_”, beginning with a letter.',
  twice: 'This name stands here twice.',
  limit: (count: number) => `${counted(count, 'permission', 'permissions')}; at most 200.`,
  none: 'None yet. A permission of your own lets you ask Carcosa “may Ada approve invoices at Acme?” and give roles that say so.',
  namePlaceholder: 'invoice:approve',
  helpPlaceholder: 'Approve invoices of the tenant.',
  ask: (name: string) => `Remove ${name}?`,
  askYes: 'Remove',
  askRoles: (count: number, names: string) =>
    `${counted(count, 'role of this project names it', 'roles of this project name it')}: ${names}. Once you save, they still name it and give nothing by it.`,
  askOthers: 'Tenants’ own roles and API keys may name it too. It counts again if you add it again.',
});

interface Row {
  name: string;
  help: string;
}
interface Values {
  rows: Row[];
}

const MOST = 200;
const NAME = /^[a-z][a-z0-9_]{0,31}:[a-z][a-z0-9_]{0,31}$/;

const asObject = (rows: readonly Row[]): Record<string, string> => Object.fromEntries(rows.map(({ name, help }) => [name.trim(), help.trim()]));

/** Empty rows count for nothing. */
const filled = (rows: readonly Row[]): Row[] => rows.filter(({ name, help }) => name.trim() !== '' || help.trim() !== '');

const WHOLE = '/settings/permissions';
const pointerOf = (name: string): string => `${WHOLE}/${name.trim().replaceAll('~', '~0').replaceAll('/', '~1')}`;

function check({ rows }: Values): Record<string, string | undefined> {
  const found = filled(rows);
  const wrong = found.map(({ name }, at): [string, string | undefined] => {
    if (!NAME.test(name.trim())) return [pointerOf(name), texts.rule];
    return [pointerOf(name), found.some((row, other) => other < at && row.name.trim() === name.trim()) ? texts.twice : undefined];
  });
  // The first row with a name says nothing; it must not hide what the second says.
  return Object.fromEntries(wrong.filter(([, text]) => text !== undefined));
}

export function Permissions({ stored }: PartProps) {
  const merge = usePart<Values>({
    stored,
    read: ({ settings }) => ({ rows: Object.entries(settings.permissions).map(([name, help]) => ({ name, help })) }),
    patch: ({ rows }) => ({ settings: { permissions: asObject(filled(rows)) } }),
    check,
  });
  const [asking, setAsking] = useState<{ at: number; name: string; roles: RolesWith[] }>();
  const rolesWith = useRolesWith();
  const { values, set, shows } = merge.form;
  // The rows say themselves what is wrong with them.
  useEffect(() => shows(WHOLE), [shows]);
  const drop = (at: number) => set('rows', values.rows.filter((_, index) => index !== at));
  const remove = (at: number) => {
    const name = values.rows[at]?.name ?? '';
    const roles = rolesWith(name);
    // What was never saved is named nowhere.
    if (name in stored.settings.permissions && roles.length > 0) setAsking({ at, name, roles });
    else drop(at);
  };
  return (
    <>
      <PartCard
        title={texts.title}
        note={texts.note}
        merge={merge}
        names={{ rows: texts.label }}
        show={(rows) => rows.map((row) => row.name).join(', ')}
      >
        <Rows rows={values.rows} change={(rows) => set('rows', rows)} remove={remove} errorAt={merge.form.errorAt} />
      </PartCard>
      <Ask
        open={asking !== undefined}
        onClose={() => setAsking(undefined)}
        title={texts.ask(asking?.name ?? '')}
        yes={texts.askYes}
        run={() => {
          if (asking) drop(asking.at);
          setAsking(undefined);
        }}
      >
        <p>{texts.askRoles(asking?.roles.length ?? 0, asking?.roles.map((role) => role.name).join(', ') ?? '')}</p>
        <p>{texts.askOthers}</p>
      </Ask>
    </>
  );
}

function Rows({
  rows,
  change,
  remove,
  errorAt,
}: {
  rows: readonly Row[];
  change: (rows: Row[]) => void;
  remove: (at: number) => void;
  errorAt: (pointer: string) => string | undefined;
}) {
  const replace = (at: number, next: Partial<Row>) => change(rows.map((row, index) => (index === at ? { ...row, ...next } : row)));
  const errors = rows.map((row) => (row.name.trim() === '' ? undefined : errorAt(pointerOf(row.name))));
  const whole = errors.some(Boolean) ? undefined : errorAt(WHOLE);
  return (
    <div className="permission-rows">
      {rows.length === 0 ? (
        <p className="dim">{texts.none}</p>
      ) : (
        <div className="permission-row permission-head" aria-hidden>
          <span>{texts.name}</span>
          <span>{texts.help}</span>
        </div>
      )}
      {rows.map((row, at) => (
        <OneRow key={at} row={row} error={errors[at]} change={(next) => replace(at, next)} remove={() => remove(at)} />
      ))}
      {whole ? <p className="field-error">{whole}</p> : null}
      <div className="row" data-apart>
        <Button
          size="sm"
          icon={<Plus aria-hidden />}
          disabled={rows.length >= MOST}
          onClick={() => change([...rows, { name: '', help: '' }])}
        >
          {texts.add}
        </Button>
        <span className="field-hint">{texts.limit(filled(rows).length)}</span>
      </div>
    </div>
  );
}

function OneRow({ row, error, change, remove }: { row: Row; error: string | undefined; change: (next: Partial<Row>) => void; remove: () => void }) {
  const id = useId();
  return (
    <div className="permission-row">
      <input
        className="input"
        data-mono
        aria-label={texts.name}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? id : undefined}
        spellCheck={false}
        autoComplete="off"
        maxLength={65}
        placeholder={texts.namePlaceholder}
        value={row.name}
        onChange={(event) => change({ name: event.target.value.toLowerCase() })}
      />
      <input
        className="input"
        aria-label={texts.help}
        autoComplete="off"
        maxLength={500}
        placeholder={texts.helpPlaceholder}
        value={row.help}
        onChange={(event) => change({ help: event.target.value })}
      />
      <Button tone="quiet" square aria-label={texts.remove(row.name)} onClick={remove}>
        <X aria-hidden />
      </Button>
      {error ? (
        <p className="field-error" id={id}>
          {error}
        </p>
      ) : null}
    </div>
  );
}
