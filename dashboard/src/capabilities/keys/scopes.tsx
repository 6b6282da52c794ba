/** What a key may do: chosen from the registry of permissions, and said in words. */

import { useScope } from '../../api/scope.tsx';
import { counted, messages } from '../../i18n/messages.ts';
import { Radios } from '../../ui/choices.tsx';
import { Field } from '../../ui/form.tsx';
import { PatternPicker } from '../../ui/pattern-picker.tsx';
import { Loaded } from '../../ui/states.tsx';
import { usePermissions } from '../roles/data.ts';
import { type Permission, gives, nounOf } from './model.ts';

const texts = messages('keys.scopes', {
  preset: 'What it may do',
  full: 'Full access',
  fullHint: 'Everything in this project and its tenants, including what later versions add.',
  fullTenantHint: 'Everything that a key of a tenant can do in it, including what later versions add.',
  read: 'Read only',
  readHint: 'Sees everything, changes nothing.',
  verify: 'Verify only',
  verifyHint: 'Asks whether the keys of your customers are valid. For the edge of your application.',
  custom: 'Chosen permissions',
  customHint: 'No more than the program needs. The safest choice.',
  list: 'Permissions',
  means: 'Allows',
  search: 'Search permissions',
  all: 'all of them, also those added later',
  notHeld: 'you do not hold it yourself',
  none: 'Choose at least one permission.',
  everything: 'It may do everything a key here can.',
  reads: (nouns: string) => `Reads ${nouns}. Changes nothing.`,
  changes: (nouns: string) => `Changes ${nouns}.`,
  both: (changing: string, reading: string) => `Changes ${changing}. Reads ${reading}.`,
  own: (count: number) => `${counted(count, 'permission', 'permissions')} of your application.`,
  nothing: 'No permission matches.',
});

export type Preset = 'full' | 'read' | 'verify' | 'custom';

/** Permissions that the owner's keys can hold. */
export const heldBy = (permissions: readonly Permission[], ofTenant: boolean): Permission[] =>
  ofTenant ? permissions.filter((one) => one.held_in === 'tenant') : [...permissions];

/** The scopes of a preset. Reading spends nothing, so asking about other keys is not part of it. */
export function scopesOf(preset: Preset, chosen: readonly string[], permissions: readonly Permission[]): string[] {
  if (preset === 'full') return ['*'];
  if (preset === 'verify') return ['key:verify'];
  if (preset === 'custom') return [...chosen];
  return permissions.filter((one) => one.mutates === false && one.name !== 'key:verify').map((one) => one.name);
}

/** What scopes allow, as a sentence or two. */
export function allows(scopes: readonly string[], permissions: readonly Permission[]): string {
  if (scopes.length === 0) return texts.none;
  if (scopes.includes('*')) return texts.everything;
  const held = permissions.filter((one) => scopes.some((scope) => gives(scope, one.name)));
  const nouns = (mutates: boolean) => [...new Set(held.filter((one) => one.mutates === mutates).map((one) => nounOf(one.name).replaceAll('_', ' ')))].join(', ');
  const [changing, reading] = [nouns(true), nouns(false)];
  const own = held.filter((one) => !one.built_in).length;
  const parts = [
    changing && reading ? texts.both(changing, reading) : changing ? texts.changes(changing) : reading ? texts.reads(reading) : '',
    own > 0 ? texts.own(own) : '',
  ];
  return parts.filter(Boolean).join(' ');
}

/** Presets, the list under the last of them, and the sentence. */
export function ScopesField({
  ofTenant,
  preset,
  chosen,
  onChange,
}: {
  ofTenant: boolean;
  preset: Preset;
  chosen: readonly string[];
  onChange: (preset: Preset, chosen: string[]) => void;
}) {
  const { can } = useScope();
  const registry = usePermissions();
  const permissions = heldBy(registry.data?.data ?? [], ofTenant);
  const verifies = permissions.some((one) => one.name === 'key:verify');
  return (
    <div className="stack">
      <Radios
        label={texts.preset}
        value={preset}
        onChange={(next) => onChange(next, [...chosen])}
        choices={[
          { value: 'full', text: texts.full, hint: ofTenant ? texts.fullTenantHint : texts.fullHint },
          { value: 'read', text: texts.read, hint: texts.readHint },
          ...(verifies ? [{ value: 'verify' as const, text: texts.verify, hint: texts.verifyHint }] : []),
          { value: 'custom', text: texts.custom, hint: texts.customHint },
        ]}
      />
      <Field label={preset === 'custom' ? texts.list : texts.means} pointer="/scopes">
        {(control) => (
          <>
            {preset === 'custom' ? (
              <Loaded query={registry}>
                {() => (
                  <PatternPicker
                    id={control.id}
                    items={permissions}
                    chosen={chosen}
                    onChange={(next) => onChange('custom', next)}
                    separator=":"
                    search={texts.search}
                    nothing={texts.nothing}
                    whole={() => texts.all}
                    refused={(one) => (!one.built_in || can(one.name) ? undefined : texts.notHeld)}
                  />
                )}
              </Loaded>
            ) : null}
            <output className="dim small" {...(preset === 'custom' ? {} : { id: control.id })}>
              {allows(scopesOf(preset, chosen, permissions), permissions)}
            </output>
          </>
        )}
      </Field>
    </div>
  );
}
