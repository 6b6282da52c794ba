/** Light, dark, or as the machine has it. */

import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';
const KEY = 'carcosa.theme';
const dark = () => globalThis.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export function theme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

function apply(): void {
  const now = theme();
  document.documentElement.dataset.theme = now === 'system' ? (dark().matches ? 'dark' : 'light') : now;
  listeners.forEach((listener) => listener());
}

export function setTheme(next: Theme): void {
  if (next === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, next);
  apply();
}

/** Follows the machine and other tabs. */
export function startTheme(): void {
  dark().addEventListener('change', apply);
  addEventListener('storage', apply);
  apply();
}

export const useTheme = (): Theme =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, theme);
