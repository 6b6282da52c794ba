import { afterEach, describe, expect, it } from 'vitest';
import { bytes, duration, relative } from '../src/i18n/format.ts';
import { counted, messages, setLanguage } from '../src/i18n/messages.ts';

describe('what people read', () => {
  const now = new Date('2026-11-26T12:00:00Z');

  it.each([
    ['2026-11-26T11:59:57Z', 'now'],
    ['2026-11-26T11:59:20Z', '40 seconds ago'],
    ['2026-11-26T11:30:00Z', '30 minutes ago'],
    ['2026-11-25T12:00:00Z', 'yesterday'],
    ['2026-12-01T12:00:00Z', 'in 5 days'],
    ['2024-11-26T00:00:00Z', '2 years ago'],
  ])('%s is %s', (at, text) => expect(relative(at, now)).toBe(text));

  it('has sizes and lengths in units of their own', () => {
    expect([bytes(0), bytes(999), bytes(12_400), bytes(3e9)]).toEqual(['0 bytes', '999 bytes', '12.4 kB', '3 GB']);
    expect([duration(0.25), duration(45), duration(90), duration(7200)]).toEqual(['250 ms', '45 sec', '1.5 min', '2 hr']);
  });
});

describe('texts', () => {
  afterEach(() => setLanguage('en', {}));
  const texts = messages('test', { title: 'Keys', count: (n: number) => counted(n, 'key', 'keys') });

  it('count in their language', () => {
    expect([texts.count(1), texts.count(2), texts.count(1200)]).toEqual(['1 key', '2 keys', '1,200 keys']);
  });

  it('are those of another language where it has them', () => {
    setLanguage('de', { test: { title: 'Schlüssel' } });
    expect(texts.title).toBe('Schlüssel');
    expect(texts.count(1200)).toBe('1.200 keys');
  });
});
