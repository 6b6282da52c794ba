import { expect, test } from 'vitest';
import { FRAMES, PAGES, findPage } from '../src/app/pages.ts';

test('every page is found at its address, whatever stands in it', () => {
  for (const page of PAGES) {
    const address = (FRAMES[page.frame] + page.path).replaceAll(/\$\w+/g, 'some-thing');
    expect(findPage(address), address).toBe(page);
  }
});

test.each(['/p', '/p/one/two', '/p/one/tenants/two/three', '/installation', '/assets/x.js'])('%s is no page', (address) => {
  expect(findPage(address)).toBeUndefined();
});

test('a stroke at the end is no other address', () => {
  expect(findPage('/p/one/keys/')?.name).toBe('Keys');
});
