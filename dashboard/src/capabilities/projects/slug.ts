/** The short name that a name suggests, near enough to show it while it is typed; the server decides. */

const MOST = 63;

/** Empty where the name has letters that only the server can transliterate, or none at all. */
export function slugFrom(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll("'", '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('æ', 'ae')
    .replaceAll('ø', 'o')
    .replaceAll('œ', 'oe')
    .replaceAll('ł', 'l')
    .replaceAll('đ', 'd');
  if (/[^\P{L}a-z]/u.test(plain)) return '';
  return plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, MOST)
    .replace(/-+$/, '');
}
