// Pictures of pages, kept in docs/images: documentation, and what the pages must go on looking like.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

const KEPT = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
const FAILED = fileURLToPath(new URL('../../../target/pictures/', import.meta.url));
// Of all pixels. Most of a page is empty: a paragraph that has moved is one in a hundred. What each version of the browser draws a little differently, the
// threshold below forgives.
const TOLERATED = 0.004;
// What is different each time: moments, ids, secrets, and charts of the last days.
const CHANGING = 'time, code, .mono, .chart, .sparkline, [data-changing]';

// Compares the page with its picture, or, with UPDATE_PICTURES set, takes a new one.
export async function picture(page, name) {
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement?.blur?.());
  const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  const file = `${KEPT}${name}.png`;
  if (process.env.UPDATE_PICTURES) {
    await mkdir(KEPT, { recursive: true });
    return writeFile(file, taken);
  }
  const [now, kept] = [PNG.sync.read(taken), PNG.sync.read(await readFile(file))];
  assert.deepEqual([now.width, now.height], [kept.width, kept.height], `${name}: another size`);
  for (const box of await changing(page)) {
    paint(now, box);
    paint(kept, box);
  }
  const difference = new PNG({ width: now.width, height: now.height });
  const pixels = pixelmatch(kept.data, now.data, difference.data, now.width, now.height, { threshold: 0.25 });
  const share = pixels / (now.width * now.height);
  if (share <= TOLERATED) return;
  await mkdir(FAILED, { recursive: true });
  await writeFile(`${FAILED}${name}.png`, taken);
  await writeFile(`${FAILED}${name}.difference.png`, PNG.sync.write(difference));
  assert.fail(`${name} looks different (${(100 * share).toFixed(1)} % of it): see target/pictures; if it should, run with UPDATE_PICTURES=1`);
}

// Where things are that differ each time.
const changing = (page) =>
  page.evaluate((selector) => {
    const boxes = [...document.querySelectorAll(selector)].map((element) => element.getBoundingClientRect());
    return boxes.map(({ x, y, width, height }) => ({ x, y, width, height }));
  }, CHANGING);

function paint(image, { x, y, width, height }) {
  const [left, top] = [Math.max(0, Math.floor(x) - 2), Math.max(0, Math.floor(y) - 2)];
  const [right, bottom] = [Math.min(image.width, Math.ceil(x + width) + 2), Math.min(image.height, Math.ceil(y + height) + 2)];
  for (let row = top; row < bottom; row += 1) {
    image.data.fill(0, 4 * (row * image.width + left), Math.max(4 * (row * image.width + left), 4 * (row * image.width + right)));
  }
}
