/** What changed between two states of an object, down to the members that differ. */

export interface Difference {
  /** `settings.key_prefix` */
  path: string;
  kind: 'added' | 'removed' | 'changed';
  before: unknown;
  after: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNothing = (value: unknown): boolean => value === null || value === undefined;

/** The differences below one member. Lists are compared as a whole: their order may matter. */
export function differencesOf(path: string, before: unknown, after: unknown): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differencesOf(path === '' ? name : `${path}.${name}`, before[name], after[name]));
  }
  const kind = isNothing(before) ? 'added' : isNothing(after) ? 'removed' : 'changed';
  return [{ path, kind, before, after }];
}

/** The differences of an audit entry's `changes`: `{"name": {"before": …, "after": …}}`. */
export function changesOf(changes: unknown): Difference[] {
  if (!isObject(changes)) return [];
  return Object.entries(changes).flatMap(([name, change]) =>
    isObject(change) ? differencesOf(name, change.before, change.after) : [],
  );
}

/** A value as people read it: texts without quotation marks, the rest as JSON. */
export function valueText(value: unknown): string {
  if (isNothing(value)) return '';
  if (typeof value === 'string') return value;
  return JSON.stringify(value, undefined, typeof value === 'object' ? 2 : undefined) ?? '';
}
