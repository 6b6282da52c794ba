// Fails when a first view would load more JavaScript than we promise: 250 kB, gzipped.

import { readFile, stat } from 'node:fs/promises';

const BUDGET = 250_000;
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

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
for (const view of VIEWS) {
  const wanted = new Set();
  visit('index.html', wanted);
  visit(view, wanted);
  let total = 0;
  for (const key of wanted) {
    const { file } = manifest[key];
    if (file.endsWith('.js')) total += (await stat(new URL(`${file}.gz`, dist))).size;
  }
  process.stdout.write(`JavaScript of ${view}: ${kilobytes(total)} gzipped of ${kilobytes(BUDGET)} at most\n`);
  if (total > BUDGET) process.exitCode = 1;
}
