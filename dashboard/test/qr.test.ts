/** Vectors made by another implementation (python-qrcode 8.2), byte mode, level M, with the mask that ours finds best. */

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { qrCode } from '../src/capabilities/operators/qr.ts';

const SMALL = [
  '#######..#..#.#######',
  '#.....#.#.#...#.....#',
  '#.###.#...###.#.###.#',
  '#.###.#...#...#.###.#',
  '#.###.#.#...#.#.###.#',
  '#.....#..#..#.#.....#',
  '#######.#.#.#.#######',
  '.........#.##........',
  '#.#.#.#...##....#..#.',
  '#.#..#..###...##.#.##',
  '####..#####.#...#####',
  '###.##..###...#.....#',
  '.##...#.#.#.#.#.##..#',
  '........####.#.###.#.',
  '#######...##.####..##',
  '#.....#...####..#...#',
  '#.###.#.####.##.#..##',
  '#.###.#..#....#.##.#.',
  '#.###.#.#.#.#..###..#',
  '#.....#..##...#.#..#.',
  '#######.###.#.##...##',
];

/** Version, text, SHA-256 of the rows as lines of 0 and 1. */
const DIGESTS: readonly [version: number, text: string, digest: string][] = [
  [6, 'é'.repeat(50), '49114298d9d1215978dfc781ca0a49a413c32a23b8782e9b1a003cb18fca89c2'],
  [7, 'm'.repeat(122), '3e0d7a5c76555d49c67ca265941fe75fa60d1feb8848608b906beb2671a3c4e9'],
  [10, 'r'.repeat(213), '4f2a0eab7d05c2971b8fb6d30a34d60413b4d50034cde473b029716342836926'],
  [6, 'otpauth://totp/Carcosa:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Carcosa', '4c3c20b9ddfe54035c5cb76cfb4ee333bbff88f371900c251a5b1235e3ed2696'],
];

const lines = (code: boolean[][] | undefined, dark: string, light: string) => code?.map((row) => row.map((one) => (one ? dark : light)).join(''));

describe('QR codes', () => {
  it('are what another implementation draws', () => {
    expect(lines(qrCode('Carcosa'), '#', '.')).toEqual(SMALL);
  });
  it.each(DIGESTS)('of version %i too', (version, text, digest) => {
    const rows = lines(qrCode(text), '1', '0');
    expect(rows).toHaveLength(version * 4 + 17);
    expect(createHash('sha256').update(rows?.join('\n') ?? '').digest('hex')).toBe(digest);
  });
  it('hold at most what version 10 holds', () => {
    expect(qrCode('r'.repeat(213))).toHaveLength(57);
    expect(qrCode('r'.repeat(214))).toBeUndefined();
  });
});
