// Fails when a first view would load more JavaScript than we promise: 250 kB, gzipped.
// And when files import each other in a circle: which of them is evaluated first would depend on the page.

import { readFile, stat } from 'node:fs/promises';

const BUDGET = 250_000;
// What every page begins with: see vite.config.ts.
const FILES = ['first', 'frame'];
// Where people arrive.
const VIEWS = ['src/capabilities/operators/sign-in.tsx', 'src/capabilities/projects/overview.tsx', 'src/capabilities/tenants/list.tsx'];
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('manifest.json', dist), 'utf8'));

// A file and everything it imports before anything is shown.
function visit(key, found) {
  if (found.has(key)) return;
  found.add(key);
  (manifest[key].imports ?? []).forEach((next) => visit(next, found));
}

function reaches(from, key) {
  const found = new Set();
  visit(from, found);
  return found.has(key);
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
for (const view of VIEWS) {
  const wanted = new Set();
  for (const name of FILES) visit(Object.keys(manifest).find((key) => manifest[key].name === name), wanted);
  visit(view, wanted);
  let total = 0;
  for (const key of wanted) {
    const { file } = manifest[key];
    if (file.endsWith('.js')) total += (await stat(new URL(`${file}.gz`, dist))).size;
  }
  process.stdout.write(`JavaScript of ${view}: ${kilobytes(total)} gzipped of ${kilobytes(BUDGET)} at most\n`);
  if (total > BUDGET) process.exitCode = 1;
}

const circle = Object.keys(manifest).find((key) => (manifest[key].imports ?? []).some((next) => reaches(next, key)));
if (circle) {
  process.stdout.write(`${manifest[circle].file} imports itself through other files: ${manifest[circle].imports.join(', ')}\n`);
  process.exitCode = 1;
}
