/**
 * QR codes (ISO/IEC 18004), as small as an authenticator app needs them: bytes, error correction level M, versions 1 to 10.
 */

/** For each version at level M: all codewords, those of correction in each block, blocks. */
const VERSIONS: readonly (readonly [all: number, correction: number, blocks: number])[] = [
  [26, 10, 1],
  [44, 16, 1],
  [70, 26, 1],
  [100, 18, 2],
  [134, 24, 2],
  [172, 16, 4],
  [196, 18, 4],
  [242, 22, 4],
  [292, 22, 5],
  [346, 26, 5],
];

/** Rows of modules, dark or light; nothing when the text is too long. */
export function qrCode(text: string): boolean[][] | undefined {
  const bytes = new TextEncoder().encode(text);
  const version = VERSIONS.findIndex(([all, correction, blocks], index) => {
    const header = index + 1 < 10 ? 12 : 20;
    return header + bytes.length * 8 <= (all - correction * blocks) * 8;
  }) + 1;
  if (version === 0) return undefined;
  const words = interleaved(version, dataWords(version, bytes));
  const codes = Array.from({ length: 8 }, (_, mask) => drawn(version, words, mask));
  return codes.reduce((best, code) => (penalty(code) < penalty(best) ? code : best));
}

const shapeOf = (version: number) => VERSIONS[version - 1] as (typeof VERSIONS)[number];

/** Mode, length, bytes, and padding up to what the version holds. */
function dataWords(version: number, bytes: Uint8Array): number[] {
  const [all, correction, blocks] = shapeOf(version);
  const room = all - correction * blocks;
  const bits: number[] = [];
  const put = (value: number, width: number) => {
    for (let bit = width - 1; bit >= 0; bit -= 1) bits.push((value >> bit) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((byte) => put(byte, 8));
  put(0, Math.min(4, room * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room * 8; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: room }, (_, index) => bits.slice(index * 8, index * 8 + 8).reduce((word, bit) => word * 2 + bit, 0));
}

/** Multiplication in GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

/** The Reed–Solomon codewords of a block. */
function correctionOf(data: readonly number[], length: number): number[] {
  let divisor = [1];
  for (let power = 0, root = 1; power < length; power += 1, root = times(root, 2)) {
    // Times (x + root), highest power first.
    divisor = [...divisor, 0].map((term, index) => term ^ (index > 0 ? times(divisor[index - 1] as number, root) : 0));
  }
  const rest = [...data, ...Array<number>(length).fill(0)];
  data.forEach((_, at) => {
    const factor = rest[at] as number;
    divisor.forEach((term, index) => {
      rest[at + index] = (rest[at + index] as number) ^ times(term, factor);
    });
  });
  return rest.slice(data.length);
}

/** Data and correction as they are written: one word of each block in turn. */
function interleaved(version: number, data: readonly number[]): number[] {
  const [, correction, count] = shapeOf(version);
  const short = Math.floor(data.length / count);
  const longer = data.length % count;
  let at = 0;
  const blocks = Array.from({ length: count }, (_, index) => {
    const block = data.slice(at, at + short + (index >= count - longer ? 1 : 0));
    at += block.length;
    return block;
  });
  const corrections = blocks.map((block) => correctionOf(block, correction));
  const inTurn = (rows: readonly number[][], length: number) =>
    Array.from({ length }, (_, index) => rows.flatMap((row) => (index < row.length ? [row[index] as number] : []))).flat();
  return [...inTurn(blocks, short + 1), ...inTurn(corrections, correction)];
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** The whole code with one mask. What no pattern has taken is `undefined` until data is written there. */
export function drawn(version: number, words: readonly number[], mask: number): boolean[][] {
  const size = version * 4 + 17;
  const grid = Array.from({ length: size }, () => Array<boolean | undefined>(size).fill(undefined));
  const set = (x: number, y: number, dark: boolean) => {
    if (x >= 0 && y >= 0 && x < size && y < size) (grid[y] as (boolean | undefined)[])[x] = dark;
  };
  patterns(version, size, set);
  format(size, mask, set);
  if (version >= 7) versionMarks(version, size, set);
  const hides = MASKS[mask] as (x: number, y: number) => boolean;
  let bit = 0;
  for (const [x, y] of path(size)) {
    if (grid[y]?.[x] !== undefined) continue;
    const dark = (((words[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
    set(x, y, dark !== hides(x, y));
    bit += 1;
  }
  return grid as boolean[][];
}

type Set = (x: number, y: number, dark: boolean) => void;

function patterns(version: number, size: number, set: Set): void {
  for (let at = 0; at < size; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  const places = alignments(version, size);
  for (const x of places) {
    for (const y of places) {
      // Not where the corners are.
      const corner = (x === 6 && (y === 6 || y === size - 7)) || (x === size - 7 && y === 6);
      if (!corner) square(x, y, 2, (distance) => distance !== 1, set);
    }
  }
  const finder = (distance: number) => distance !== 2 && distance !== 4;
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]] as const) square(x, y, 4, finder, set);
}

function square(x: number, y: number, reach: number, dark: (distance: number) => boolean, set: Set): void {
  for (let dx = -reach; dx <= reach; dx += 1) {
    for (let dy = -reach; dy <= reach; dy += 1) set(x + dx, y + dy, dark(Math.max(Math.abs(dx), Math.abs(dy))));
  }
}

/** Where alignment patterns have their middle. */
function alignments(version: number, size: number): number[] {
  if (version === 1) return [];
  return version < 7 ? [6, size - 7] : [6, (size - 1) / 2, size - 7];
}

/** Appends the remainder of a division of polynomials over GF(2). */
function checked(value: number, width: number, divisor: number): number {
  let rest = value;
  for (let step = 0; step < width; step += 1) rest = (rest << 1) ^ ((rest >> (width - 1)) * divisor);
  return (value << width) | rest;
}

/** Level and mask, twice. */
function format(size: number, mask: number, set: Set): void {
  // Level M is 00.
  const bits = checked(mask, 10, 0x537) ^ 0x5412;
  const dark = (index: number) => ((bits >> index) & 1) === 1;
  for (let index = 0; index < 15; index += 1) {
    // Around the upper left corner, over the timing patterns.
    if (index < 6) set(8, index, dark(index));
    else if (index < 8) set(8, index + 1, dark(index));
    else if (index === 8) set(7, 8, dark(index));
    else set(14 - index, 8, dark(index));
    // Beside the two others.
    if (index < 8) set(size - 1 - index, 8, dark(index));
    else set(8, size - 15 + index, dark(index));
  }
  set(8, size - 8, true);
}

function versionMarks(version: number, size: number, set: Set): void {
  const bits = checked(version, 12, 0x1f25);
  for (let index = 0; index < 18; index += 1) {
    const dark = ((bits >> index) & 1) === 1;
    const [far, near] = [size - 11 + (index % 3), Math.floor(index / 3)];
    set(far, near, dark);
    set(near, far, dark);
  }
}

/** The places of data: up and down in columns of two, from the lower right. */
function* path(size: number): Generator<readonly [x: number, y: number]> {
  for (let right = size - 1; right >= 1; right -= 2) {
    // The vertical timing pattern is no column of data.
    if (right === 6) right = 5;
    const upward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const y = upward ? size - 1 - step : step;
      yield [right, y];
      yield [right - 1, y];
    }
  }
}

/** How hard it is to read: the mask with the least is taken. */
export function penalty(code: readonly boolean[][]): number {
  const size = code.length;
  const at = (x: number, y: number) => code[y]?.[x] === true;
  const rows = Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => at(x, y)));
  const columns = Array.from({ length: size }, (_, x) => Array.from({ length: size }, (_, y) => at(x, y)));
  const lines = [...rows, ...columns].reduce((sum, line) => sum + linePenalty(line), 0);
  let blocks = 0;
  for (let y = 0; y < size - 1; y += 1) {
    for (let x = 0; x < size - 1; x += 1) {
      const dark = Number(at(x, y)) + Number(at(x + 1, y)) + Number(at(x, y + 1)) + Number(at(x + 1, y + 1));
      if (dark === 0 || dark === 4) blocks += 3;
    }
  }
  const dark = rows.flat().filter(Boolean).length;
  return lines + blocks + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}

/** Runs of one colour, and what looks like a corner. */
function linePenalty(line: readonly boolean[]): number {
  const text = line.map(Number).join('');
  const runs = [...text.matchAll(/0{5,}|1{5,}/g)].reduce((sum, [run]) => sum + run.length - 2, 0);
  const corners = [...text.matchAll(/(?=10111010000)|(?=00001011101)/g)].length;
  return runs + corners * 40;
}
