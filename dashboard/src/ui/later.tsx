import { type ComponentType, Suspense, lazy } from 'react';

/** A component whose code is fetched when it is first drawn: for windows that most visits never open. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const Inside = lazy(async () => ({ default: await load() })) as unknown as ComponentType<Props>;
  return function Later(props: Props) {
    return (
      <Suspense>
        <Inside {...props} />
      </Suspense>
    );
  };
}
