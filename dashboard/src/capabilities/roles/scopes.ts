/** Scopes of roles: `noun:verb`, `noun:*`, `*`, and what each covers. */

import type { Permission } from './data.ts';

/** How a set of scopes holds one: itself, by a wildcard that covers it, in part, or not. */
export type Held = 'own' | 'covered' | 'some' | 'no';

export const nounOf = (scope: string): string => scope.slice(0, Math.max(0, scope.indexOf(':')));

/** A line of the registry: everything, all of a noun, or one permission. */
export interface Line {
  scope: string;
  noun: string;
  kind: 'all' | 'noun' | 'one';
  info?: Permission;
}

/** The registry noun by noun: Carcosa's in its order, then the application's. */
export function lines(permissions: readonly Permission[]): Line[] {
  const nouns = new Map<string, Permission[]>();
  for (const info of permissions) {
    const noun = nounOf(info.name);
    nouns.set(noun, [...(nouns.get(noun) ?? []), info]);
  }
  const found: Line[] = [{ scope: '*', noun: '', kind: 'all' }];
  for (const [noun, infos] of nouns) {
    found.push({ scope: `${noun}:*`, noun, kind: 'noun' });
    for (const info of infos) found.push({ scope: info.name, noun, kind: 'one', info });
  }
  return found;
}

/** The lines with a text in the name or description. A noun stays with any of its permissions, and brings all when it is meant itself. */
export function matching(all: readonly Line[], text: string): Line[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (wanted === '') return [...all];
  const hit = (line: Line) => `${line.scope} ${line.info?.description ?? ''}`.toLocaleLowerCase().includes(wanted);
  const nouns = new Set(all.filter((line) => line.kind === 'one' && hit(line)).map((line) => line.noun));
  return all.filter((line) => (line.kind === 'noun' ? nouns.has(line.noun) : line.kind === 'one' && hit(line)));
}

export function heldBy(scopes: ReadonlySet<string>, line: Line): Held {
  if (line.kind !== 'all' && scopes.has('*')) return 'covered';
  if (line.kind === 'one' && scopes.has(`${line.noun}:*`)) return 'covered';
  if (scopes.has(line.scope)) return 'own';
  return line.kind === 'noun' && [...scopes].some((scope) => nounOf(scope) === line.noun) ? 'some' : 'no';
}

/** By which wildcard a line is covered. */
export const coveredBy = (scopes: ReadonlySet<string>, line: Line): string => (scopes.has('*') ? '*' : `${line.noun}:*`);

/** The scopes with one more, or one less. What a wildcard covers keeps its own place, so that taking the wildcard away undoes giving it. */
export function toggled(scopes: ReadonlySet<string>, scope: string): Set<string> {
  const next = new Set(scopes);
  if (!next.delete(scope)) next.add(scope);
  return next;
}

export interface Difference {
  added: string[];
  removed: string[];
}

export function difference(before: Iterable<string>, after: Iterable<string>): Difference {
  const [from, to] = [new Set(before), new Set(after)];
  return { added: [...to].filter((one) => !from.has(one)), removed: [...from].filter((one) => !to.has(one)) };
}

export const isSame = ({ added, removed }: Difference): boolean => added.length === 0 && removed.length === 0;
