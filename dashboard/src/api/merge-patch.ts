import type { JsonObject } from '../ui/json-field.tsx';

/** What turns one object into another, member by member (RFC 7396); `undefined` when nothing does. */
export function mergePatch(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) patch[name] = null;
  for (const [name, value] of Object.entries(to)) {
    const before = from[name];
    if (JSON.stringify(before) === JSON.stringify(value)) continue;
    // Members of objects are merged by the server, so those that are gone must be named.
    const inner = isObject(before) && isObject(value) ? mergePatch(before, value) : value;
    if (inner !== undefined) patch[name] = inner;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
