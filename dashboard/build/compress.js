// Puts a gzip copy beside each text file of the build: the server sends it to whoever takes it.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const TEXT = new Set(['.js', '.css', '.html', '.svg', '.json']);
const dist = new URL('../dist/', import.meta.url).pathname;

for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.has(extname(entry.name))) continue;
  const file = join(entry.parentPath, entry.name);
  await writeFile(`${file}.gz`, gzipSync(await readFile(file), { level: 9 }));
}
