/** Around every test of the dashboard's own. */

import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// The page is never drawn, so there is nothing to scroll; jsdom says so at each call.
vi.stubGlobal('scrollTo', () => undefined);

afterEach(async () => {
  cleanup();
  // What a component does a moment after it is gone still finds a document.
  await new Promise((resolve) => setTimeout(resolve));
});
