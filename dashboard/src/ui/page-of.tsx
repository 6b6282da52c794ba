import type { UseQueryResult } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { Card, Page } from './page.tsx';
import { Loaded } from './states.tsx';

/** The page of one object, once it is read. Another object is another page: nothing open goes over to it. */
export function PageOf<Data extends { id: string }>({
  query,
  title,
  children,
}: {
  query: UseQueryResult<Data>;
  /** Until its name is known. */
  title: string;
  children: (data: Data) => ReactNode;
}) {
  if (query.data) return <Fragment key={query.data.id}>{children(query.data)}</Fragment>;
  return (
    <Page title={title}>
      <Card>
        <Loaded query={query}>{() => null}</Loaded>
      </Card>
    </Page>
  );
}
