/** The keyboard: `⌘K` for everything, `g` and a letter for pages, `/` for the page's search, `c` to create, `?` for this list. */

import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { messages } from '../i18n/messages.ts';
import { Dialog } from '../ui/dialog.tsx';
import type { NavGroup, NavItem } from './frame.tsx';

const texts = messages('shortcuts', {
  title: 'Keyboard shortcuts',
  palette: 'Search everything, and do anything',
  search: 'Search on this page',
  create: 'Create what this page lists',
  rows: 'From row to row',
  open: 'Open the row',
  select: 'Select the row',
  close: 'Close what is open',
  help: 'This list',
  go: (name: string) => `Go to ${name}`,
});

type Open = 'palette' | 'help' | undefined;
let open: Open;
const listeners = new Set<() => void>();
const set = (next: Open) => {
  open = next;
  listeners.forEach((listener) => listener());
};
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const openPalette = (): void => set('palette');
export const openHelp = (): void => set('help');
export const closeOverlay = (): void => set(undefined);
export const useOverlay = (): Open => useSyncExternalStore(subscribe, () => open);

/** The letter after `g` for each page: the first of its name that is free. */
export function letters(items: readonly NavItem[]): Map<string, NavItem> {
  const found = new Map<string, NavItem>();
  for (const item of items) {
    const letter = [...item.text.toLowerCase()].find((one) => /[a-z]/.test(one) && !found.has(one));
    if (letter) found.set(letter, item);
  }
  return found;
}

/** Whether a key belongs to a field. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function useShortcuts(items: readonly NavItem[]): void {
  const navigate = useNavigate();
  const gone = useRef(0);
  useEffect(() => {
    const pages = letters(items);
    const press = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        set(open === 'palette' ? undefined : 'palette');
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      // A dialog has the keyboard for itself.
      if (document.querySelector('[role=dialog],[role=alertdialog]')) return;
      const page = performance.now() - gone.current < 1200 ? pages.get(event.key) : undefined;
      gone.current = event.key === 'g' ? performance.now() : 0;
      const actions: Record<string, () => void> = {
        '?': openHelp,
        '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
        c: () => document.querySelector<HTMLElement>('[data-create]')?.click(),
      };
      const run = page ? () => void navigate({ to: page.href }) : actions[event.key];
      if (!run) return;
      event.preventDefault();
      run();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [items, navigate]);
}

export function ShortcutHelp({ groups }: { groups: readonly NavGroup[] }) {
  const shown = useOverlay() === 'help';
  const pages = [...letters(groups.flatMap((group) => group.items))];
  const rows: [keys: string[], text: string][] = [
    [['Ctrl', 'K'], texts.palette],
    [['/'], texts.search],
    [['c'], texts.create],
    [['j', 'k'], texts.rows],
    [['Enter'], texts.open],
    [['x'], texts.select],
    [['Esc'], texts.close],
    [['?'], texts.help],
    ...pages.map(([letter, item]): [string[], string] => [['g', letter], texts.go(item.text)]),
  ];
  return (
    <Dialog open={shown} onClose={closeOverlay} title={texts.title} width="30rem">
      <div className="dialog-body">
        <dl className="facts">
          {rows.map(([keys, text]) => (
            <div key={text} className="shortcut">
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
