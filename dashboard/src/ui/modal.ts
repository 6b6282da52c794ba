/** What windows over the page have in common. */

import { useEffect, useState } from 'react';

/** How many windows are open over the page. */
let windows = 0;

/** Takes the page out of reach, or gives it back: a Tab pressed faster than the window's guards work would land on it. */
function cover(by: 1 | -1): void {
  windows += by;
  document.getElementById('root')?.toggleAttribute('inert', windows > 0);
}

/** What every window over the page does: the focus cannot leave it for the page, and goes back to where it was, also when the window is taken away as a whole. */
export function useModal(open: boolean): void {
  const [last, setLast] = useState(false);
  const [from, setFrom] = useState<Element | null>(null);
  if (open !== last) {
    setLast(open);
    // Read while drawing: afterwards a field of the window has it already.
    if (open) setFrom(document.activeElement);
  }
  useEffect(() => {
    if (!open) return undefined;
    cover(1);
    return () => {
      cover(-1);
      setTimeout(() => {
        const lost = document.activeElement === null || document.activeElement === document.body;
        if (lost && from instanceof HTMLElement && from.isConnected) from.focus();
      });
    };
  }, [open, from]);
}
