// Fails when the first view would load more JavaScript than we promise: 250 kB, gzipped.

import { readFile, stat } from 'node:fs/promises';

const BUDGET = 250_000;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('manifest.json', dist), 'utf8'));

// The entry and everything it imports before anything is shown.
const wanted = new Set();
const visit = (key) => {
  if (wanted.has(key)) return;
  wanted.add(key);
  (manifest[key].imports ?? []).forEach(visit);
};
visit('index.html');

let total = 0;
for (const key of wanted) {
  const { file } = manifest[key];
  if (file.endsWith('.js')) total += (await stat(new URL(`${file}.gz`, dist))).size;
}
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
process.stdout.write(`initial JavaScript: ${kilobytes(total)} gzipped of ${kilobytes(BUDGET)} at most\n`);
if (total > BUDGET) process.exitCode = 1;
