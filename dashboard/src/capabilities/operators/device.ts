/** What a browser calls itself, in words that its owner recognises. */

import { messages } from '../../i18n/messages.ts';

const texts = messages('device', {
  on: (browser: string, system: string) => `${browser} on ${system}`,
  unknown: 'Unknown software',
});

/** The first that fits: many browsers also name those that they descend from. */
const BROWSERS: readonly [pattern: RegExp, name: string][] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/\S+ .*Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
];

const SYSTEMS: readonly [pattern: RegExp, name: string][] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
];

const named = (list: readonly [RegExp, string][], agent: string): string | undefined =>
  list.find(([pattern]) => pattern.test(agent))?.[1];

export interface Device {
  /** `Firefox on Linux`, or what it calls itself where nobody knows it. */
  name: string;
  mobile: boolean;
}

export function deviceOf(agent: string | null): Device {
  const [browser, system] = [named(BROWSERS, agent ?? ''), named(SYSTEMS, agent ?? '')];
  const known = browser && system ? texts.on(browser, system) : (browser ?? system);
  return { name: known ?? (agent?.split(/\s/)[0] || texts.unknown), mobile: /Mobi|Android|iPhone|iPad/.test(agent ?? '') };
}
