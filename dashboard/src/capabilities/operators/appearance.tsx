import { useId } from 'react';
import { type Theme, setTheme, useTheme } from '../../app/theme.ts';
import { clock, zone } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Card, Facts } from '../../ui/page.tsx';
import '../projects/projects.css';

const texts = messages('appearance', {
  title: 'Appearance',
  note: 'Kept in this browser.',
  theme: 'Theme',
  themes: { light: 'Light', dark: 'Dark', system: 'As the system' },
  zone: 'Time zone',
  zoneValue: (name: string, now: string) => `${name}, where it is ${now}. Times are shown in it; days in charts are UTC.`,
});

const THEMES: readonly Theme[] = ['light', 'dark', 'system'];

export function Appearance() {
  const theme = useTheme();
  const name = useId();
  return (
    <Card title={texts.title} note={texts.note}>
      <div className="stack">
        <fieldset className="choices">
          <legend className="field-label">{texts.theme}</legend>
          <div className="choices-row">
            {THEMES.map((one) => (
              <label key={one} className="choice" htmlFor={`${name}-${one}`}>
                <input
                  type="radio"
                  id={`${name}-${one}`}
                  name={name}
                  value={one}
                  checked={theme === one}
                  onChange={() => setTheme(one)}
                />
                <span>{texts.themes[one]}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <Facts facts={[[texts.zone, texts.zoneValue(zone(), clock(new Date()))]]} />
      </div>
    </Card>
  );
}
