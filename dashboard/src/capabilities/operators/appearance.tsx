import { setTheme, useTheme } from '../../app/theme.ts';
import { clock, zone } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Tiles } from '../../ui/choices.tsx';
import { Card, Facts } from '../../ui/page.tsx';

const texts = messages('appearance', {
  title: 'Appearance',
  note: 'Kept in this browser.',
  theme: 'Theme',
  themes: { light: 'Light', dark: 'Dark', system: 'As the system' },
  zone: 'Time zone',
  zoneValue: (name: string, now: string) => `${name}, where it is ${now}. Times are shown in it; days in charts are UTC.`,
});

const THEMES = (['light', 'dark', 'system'] as const).map((value) => ({ value, text: texts.themes[value] }));

export function Appearance() {
  const theme = useTheme();
  return (
    <Card title={texts.title} note={texts.note}>
      <div className="stack">
        <Tiles label={texts.theme} value={theme} choices={THEMES} onChange={setTheme} />
        <Facts facts={[[texts.zone, texts.zoneValue(zone(), clock(new Date()))]]} />
      </div>
    </Card>
  );
}
