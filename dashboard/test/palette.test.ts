import { describe, expect, it } from 'vitest';
import { matching } from '../src/app/palette.tsx';
import { letters } from '../src/app/shortcuts.tsx';

const group = (value: string, ...labels: string[]) => ({ value, items: labels.map((label) => ({ value: label, label })) });
const found = (text: string) => matching([group('Pages', 'Tenants', 'API keys'), group('Actions', 'Create a tenant', 'Create an API key')], text).map(({ value, items }) => [value, ...items.map((item) => item.label)]);

describe('the palette', () => {
  it('finds what has a word for each that was typed, in any order', () => {
    expect(found('ten')).toEqual([['Pages', 'Tenants'], ['Actions', 'Create a tenant']]);
    expect(found('KEY cre')).toEqual([['Actions', 'Create an API key']]);
    expect(found('enant')).toEqual([]);
  });
  it('offers everything before anything is typed', () => {
    expect(found('  ').flat()).toHaveLength(6);
  });
});

describe('letters after g', () => {
  it('are the first of each name that is free', () => {
    const items = ['Tenants', 'Users', 'Tokens', 'Out'].map((text) => ({ text, href: `/${text}`, icon: null }));
    expect([...letters(items)].map(([letter, item]) => [letter, item.text])).toEqual([['t', 'Tenants'], ['u', 'Users'], ['o', 'Tokens']]);
  });
});
