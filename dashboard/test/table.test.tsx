import { render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import type { List } from '../src/api/data.ts';
import { Table } from '../src/ui/table.tsx';

const list = (rest: Partial<List<{ id: string }>>) =>
  ({ query: { isPending: false, isError: false }, items: [], hasMore: false, more: () => undefined, totalIsCapped: false, ...rest }) as unknown as List<{ id: string }>;

const table = (rest: Partial<List<{ id: string }>>) =>
  render(<Table list={list(rest)} columns={[]} idOf={(item) => item.id} nameOf={(item) => item.id} label="Users" empty="Nobody" />);

it('goes on looking while pages are empty, and says only then that there is nothing', () => {
  const more = vi.fn();
  const shown = table({ hasMore: true, more });
  expect(more).toHaveBeenCalled();
  expect(screen.queryByText('Nobody')).toBeNull();
  shown.unmount();
  table({});
  expect(screen.getByText('Nobody')).toBeTruthy();
});

it('says that a count stopped', () => {
  table({ hasMore: true, total: 10_000, totalIsCapped: true });
  expect(screen.getByText('0 of 10,000 or more shown')).toBeTruthy();
});

it('says no less than it shows, where a count stopped early', () => {
  table({ hasMore: true, total: 0, totalIsCapped: true, items: [{ id: 'one' }] });
  expect(screen.getByText('1 of 1 or more shown')).toBeTruthy();
});
