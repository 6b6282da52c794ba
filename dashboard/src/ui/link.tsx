import { Link, useRouter } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/** A link inside the dashboard, to a path of `app/paths.ts`. Its page's code is fetched as soon as the pointer is on it. */
export function AppLink({ href, ...rest }: { href: string } & Omit<ComponentProps<'a'>, 'href'>) {
  const [path = '/', query = ''] = href.split('?');
  const here = useRouter().state.location.pathname;
  // Paths are made by functions, not by the router's types, so that a deep link is one string everywhere.
  return (
    <Link
      to={path as '/'}
      search={Object.fromEntries(new URLSearchParams(query)) as never}
      preload="intent"
      // What opens beside a list, or filters it, leaves the reader where they are.
      resetScroll={path !== here}
      activeOptions={{ exact: true, includeSearch: true }}
      {...rest}
    />
  );
}
