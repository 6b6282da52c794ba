/**
 * Everything people read, so that another language is a matter of data.
 *
 * Each room declares its texts in English with {@link messages}; {@link setLanguage} lays those of another language over them. Texts with values are
 * functions, because word order and plurals are the translator's.
 */

type Texts = Record<string, unknown>;

let locale = 'en';
let overlays: Readonly<Record<string, Texts>> = {};

/** The language that texts, numbers and dates are in. */
export const language = (): string => locale;

/** Declares the texts of a room. What a translation does not have stays English. */
export function messages<T extends Texts>(room: string, english: T): T {
  return new Proxy(english, {
    get: (texts, name) => (typeof name === 'string' ? (overlays[room]?.[name] ?? texts[name]) : undefined),
  });
}

/** Changes the language. The tree must be drawn anew. */
export function setLanguage(next: string, texts: Readonly<Record<string, Texts>>): void {
  locale = next;
  overlays = texts;
}

/** The form of a noun or sentence for a number: `plural(n, { one: 'key stops', other: 'keys stop' })`. */
export function plural(count: number, forms: Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }): string {
  return forms[new Intl.PluralRules(locale).select(count)] ?? forms.other;
}

/** A number and its noun: `3 keys`. */
export const counted = (count: number, one: string, other: string): string =>
  `${new Intl.NumberFormat(locale).format(count)} ${plural(count, { one, other })}`;
