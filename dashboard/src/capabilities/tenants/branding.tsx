/** Logo and colours of a tenant: to show, and to choose. */

import { messages } from '../../i18n/messages.ts';
import { Avatar } from '../../ui/display.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Field } from '../../ui/form.tsx';
import type { TenantValues } from './patch.ts';

const texts = messages('branding', {
  primary: 'Main colour',
  accent: 'Second colour',
  logo: 'Logo',
  logoHint: 'An https address of an image that anyone may load.',
  none: 'No branding of its own',
  noColor: 'not set',
  pick: (label: string) => `${label}: choose from a palette`,
});

type Brand = Pick<TenantValues, 'primaryColor' | 'accentColor' | 'logoUrl'>;

const COLOR = /^#[0-9a-f]{6}$/i;

function ColorField({ label, pointer, value, onChange }: { label: string; pointer: string; value: string; onChange: (value: string) => void }) {
  return (
    <Field label={label} pointer={pointer}>
      {(control) => (
        <div className="ten-color-field">
          <input
            type="color"
            aria-label={texts.pick(label)}
            disabled={control.disabled}
            value={COLOR.test(value) ? value : '#888888'}
            onChange={(event) => onChange(event.target.value)}
          />
          <input
            className="input"
            data-mono
            spellCheck={false}
            autoComplete="off"
            placeholder="#3366cc"
            maxLength={7}
            {...control}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        </div>
      )}
    </Field>
  );
}

export function BrandingFields({ name, values, set }: { name: string; values: Brand; set: (field: keyof Brand, value: string) => void }) {
  return (
    <>
      <div className="fields-2">
        <ColorField label={texts.primary} pointer="/branding/primary_color" value={values.primaryColor} onChange={(value) => set('primaryColor', value)} />
        <ColorField label={texts.accent} pointer="/branding/accent_color" value={values.accentColor} onChange={(value) => set('accentColor', value)} />
      </div>
      <TextField
        label={texts.logo}
        pointer="/branding/logo_url"
        hint={texts.logoHint}
        optional
        type="url"
        maxLength={2048}
        placeholder="https://example.com/logo.svg"
        value={values.logoUrl}
        onChange={(value) => set('logoUrl', value)}
      />
      <BrandPreview name={name} values={values} />
    </>
  );
}

/** How it looks, with the colours by their numbers too. */
export function BrandPreview({ name, values }: { name: string; values: Brand }) {
  const logo = values.logoUrl.startsWith('https://') ? values.logoUrl : undefined;
  const colors = [
    [texts.primary, values.primaryColor],
    [texts.accent, values.accentColor],
  ] as const;
  const empty = !logo && colors.every(([, color]) => color === '');
  return (
    <div className="ten-brand">
      <Avatar key={logo} name={name || '?'} image={logo} square />
      {empty ? (
        <span className="dim small">{texts.none}</span>
      ) : (
        <div className="ten-brand-colors">
          {colors.map(([label, color]) => (
            <span key={label} className="ten-brand-color">
              <span className="ten-brand-swatch" style={COLOR.test(color) ? { background: color } : undefined} aria-hidden />
              <span>
                {label} <span className="mono dim">{color || texts.noColor}</span>
              </span>
            </span>
          ))}
        </div>
      )}
    </div>
  );
}
