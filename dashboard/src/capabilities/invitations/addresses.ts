/** E-mail addresses out of a text that somebody pasted: from a list, a spreadsheet, or the head of a mail. */

export interface Found {
  /** Those that can be invited, each once, as they were written first. */
  good: string[];
  /** Words that are no addresses. */
  bad: string[];
  /** How many were there before, whatever their case. */
  repeated: number;
}

/** Most that one call takes. */
export const PER_CALL = 500;

const LOOKS_RIGHT = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+\.[^\s@<>(),;:"[\]\\.]+$/;
const bytes = new TextEncoder();

export function parseAddresses(text: string): Found {
  const found: Found = { good: [], bad: [], repeated: 0 };
  const seen = new Set<string>();
  for (const entry of text.split(/[\n\r,;\t]+/)) {
    // `Ada Lovelace <ada@example.com>` has its address in brackets; else every word is one.
    const inBrackets = /<([^<>]*)>/.exec(entry)?.[1];
    for (const word of inBrackets === undefined ? entry.split(/\s+/) : [inBrackets.trim()]) {
      if (word !== '') take(word, found, seen);
    }
  }
  return found;
}

function take(word: string, found: Found, seen: Set<string>): void {
  if (!LOOKS_RIGHT.test(word) || bytes.encode(word).length > 254) {
    if (!found.bad.includes(word)) found.bad.push(word);
    return;
  }
  const same = word.toLowerCase();
  if (seen.has(same)) {
    found.repeated += 1;
    return;
  }
  seen.add(same);
  found.good.push(word);
}

/** The list in parts that one call takes each. */
export function parts<Item>(items: readonly Item[], size: number = PER_CALL): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
