/**
 * Roles against permissions, as a grid. One cell has the tab stop; arrows go from cell to cell, Home and End along the line, Space changes. Columns go from
 * weak to strong.
 */

import { Check, Minus } from 'lucide-react';
import { type FocusEvent, type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import type { Role } from './data.ts';
import type { EditState } from './edits.ts';
import { type Held, type Line, coveredBy, heldBy } from './scopes.ts';
import './roles.css';

const texts = messages('roles-matrix', {
  label: 'Permissions of roles',
  permission: 'Permission',
  everything: 'Everything',
  everythingHelp: 'All that a tenant can hold, now and later.',
  allOf: (noun: string) => `All of ${noun}`,
  cell: (scope: string, role: string) => `${scope} for ${role}`,
  covered: (by: string) => `Given by ${by}`,
  readOnly: 'Cannot be changed here',
  builtIn: 'Built in',
  project: 'Project',
  conditions: 'Conditions',
});

export interface MatrixProps {
  lines: readonly Line[];
  roles: readonly Role[];
  editable: (role: Role) => boolean;
  hrefOf: (role: Role) => string;
  state: EditState;
  /** Whose the editable ones are: the others' columns say where they come from. */
  tenant?: string | undefined;
}

type Changed = 'added' | 'removed' | '';

export function Matrix({ lines, roles, editable, hrefOf, state, tenant }: MatrixProps) {
  const [active, setActive] = useState<readonly [line: number, role: number]>([0, 0]);
  const line = Math.min(active[0], lines.length - 1);
  const column = Math.min(active[1], roles.length - 1);
  const grid = useRef<HTMLTableElement>(null);
  const { toggle } = state;
  const press = useLatest((place: number, index: number) => {
    const [target, role] = [lines[place], roles[index]];
    if (!target || !role || !editable(role) || heldBy(state.scopesOf(role), target) === 'covered') return;
    toggle(role, target.scope);
  });
  const move = (event: KeyboardEvent) => {
    const next = stepped(event, [line, column], [lines.length, roles.length]);
    if (!next) return;
    event.preventDefault();
    setActive(next);
    grid.current?.querySelector<HTMLElement>(`[data-cell="${next[0]}:${next[1]}"]`)?.focus();
  };
  // However the focus came to a cell, arrows go on from there.
  const arrive = (event: FocusEvent) => {
    const at = (event.target as HTMLElement).dataset.cell?.split(':').map(Number);
    if (at) setActive([at[0] ?? 0, at[1] ?? 0]);
  };
  return (
    <div className="matrix-frame">
      <table className="matrix" role="grid" aria-label={texts.label} aria-readonly={!roles.some(editable)} ref={grid} onKeyDown={move} onFocus={arrive}>
        <thead>
          <tr>
            <th scope="col">{texts.permission}</th>
            {roles.map((role) => (
              <th key={role.id} scope="col">
                <RoleHead role={role} href={hrefOf(role)} change={state.edits.get(role.id)?.change} tenant={tenant} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((each, place) => (
            <MatrixLine
              key={each.scope}
              line={each}
              place={place}
              cells={roles.map((role) => cellOf(each, role, state, editable(role))).join(' ')}
              names={roles}
              active={place === line ? column : -1}
              press={press}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The same function for ever, with the newest insides: lines that did not change are not drawn anew. */
function useLatest<Args extends unknown[]>(run: (...args: Args) => void): (...args: Args) => void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  return useMemo(
    () =>
      (...args) =>
        latest.current(...args),
    [],
  );
}

type Place = readonly [line: number, role: number];

function stepped(event: KeyboardEvent, [line, role]: Place, [lines, roles]: Place): Place | undefined {
  const [last, end] = [lines - 1, roles - 1];
  const jump = event.ctrlKey || event.metaKey;
  const steps: Record<string, Place> = {
    ArrowDown: [Math.min(line + 1, last), role],
    ArrowUp: [Math.max(line - 1, 0), role],
    ArrowRight: [line, Math.min(role + 1, end)],
    ArrowLeft: [line, Math.max(role - 1, 0)],
    Home: [jump ? 0 : line, 0],
    End: [jump ? last : line, end],
    PageDown: [Math.min(line + 10, last), role],
    PageUp: [Math.max(line - 10, 0), role],
  };
  return event.altKey ? undefined : steps[event.key];
}

/** All that a cell shows, as one word, so that lines can be compared. */
function cellOf(line: Line, role: Role, state: EditState, editable: boolean): string {
  const scopes = state.scopesOf(role);
  const held = heldBy(scopes, line);
  const change = state.edits.get(role.id)?.change;
  const changed: Changed = change?.added.includes(line.scope) ? 'added' : change?.removed.includes(line.scope) ? 'removed' : '';
  return [held, held === 'covered' ? coveredBy(scopes, line) : '-', editable ? 'edit' : 'read', changed].join('|');
}

function RoleHead({
  role,
  href,
  change,
  tenant,
}: {
  role: Role;
  href: string;
  change: { added: string[]; removed: string[] } | undefined;
  tenant: string | undefined;
}) {
  return (
    <span className="matrix-role">
      <AppLink href={href} className="clip" title={role.name}>
        {role.name}
      </AppLink>
      {change ? (
        <span className="small">
          {change.added.length > 0 ? <span className="good-text">+{change.added.length} </span> : null}
          {change.removed.length > 0 ? <span className="bad-text">−{change.removed.length}</span> : null}
        </span>
      ) : role.built_in ? (
        <Badge>{texts.builtIn}</Badge>
      ) : tenant !== undefined && role.tenant_id === null ? (
        <Badge>{texts.project}</Badge>
      ) : role.conditions ? (
        <Badge tone="info">{texts.conditions}</Badge>
      ) : (
        <span className="dim small mono clip">{role.key}</span>
      )}
    </span>
  );
}

const MatrixLine = memo(function MatrixLine({
  line,
  place,
  cells,
  names,
  active,
  press,
}: {
  line: Line;
  place: number;
  cells: string;
  names: readonly Role[];
  active: number;
  press: (line: number, role: number) => void;
}) {
  const help = line.kind === 'all' ? texts.everythingHelp : line.info?.description;
  return (
    <tr data-kind={line.kind}>
      <th scope="row">
        {line.kind === 'one' ? null : <span>{line.kind === 'all' ? texts.everything : texts.allOf(line.noun)}{' '}</span>}
        <span className="matrix-scope">{line.kind === 'one' ? <Breakable scope={line.scope} noun={line.noun} /> : line.scope}</span>
        {help ? <span className="matrix-help">{help}</span> : null}
      </th>
      {cells.split(' ').map((cell, index) => {
        const [held = 'no', by = '', mode = 'read', changed = ''] = cell.split('|');
        return (
          <td key={names[index]?.id ?? index} data-changed={changed || undefined}>
            <Cell
              held={held as Held}
              by={by}
              editable={mode === 'edit'}
              label={texts.cell(line.scope, names[index]?.name ?? '')}
              focusable={index === active}
              at={`${place}:${index}`}
              press={() => press(place, index)}
            />
          </td>
        );
      })}
    </tr>
  );
});

/** On narrow screens it breaks after the noun rather than anywhere. */
function Breakable({ scope, noun }: { scope: string; noun: string }) {
  return (
    <>
      {scope.slice(0, noun.length + 1)}
      <wbr />
      {scope.slice(noun.length + 1)}
    </>
  );
}

function Cell({
  held,
  by,
  editable,
  label,
  focusable,
  at,
  press,
}: {
  held: Held;
  by: string;
  editable: boolean;
  label: string;
  focusable: boolean;
  at: string;
  press: () => void;
}) {
  const fixed = !editable || held === 'covered';
  const hint = held === 'covered' ? texts.covered(by) : editable ? undefined : texts.readOnly;
  return (
    <button
      type="button"
      role="checkbox"
      className="matrix-cell"
      data-cell={at}
      data-held={held}
      aria-checked={held === 'some' ? 'mixed' : held !== 'no'}
      aria-disabled={fixed}
      aria-label={label}
      title={hint}
      tabIndex={focusable ? 0 : -1}
      onClick={press}
    >
      <span className="matrix-box">
        {held === 'some' ? <Minus aria-hidden /> : held !== 'no' ? <Check aria-hidden /> : fixed ? '·' : null}
      </span>
    </button>
  );
}
