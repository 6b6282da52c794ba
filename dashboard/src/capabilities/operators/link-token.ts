import { useEffect, useState } from 'react';

const read = (): string | undefined => globalThis.location.hash.slice(1) || undefined;
const clear = (): void => {
  if (globalThis.location.hash === '') return;
  const { pathname, search } = globalThis.location;
  globalThis.history.replaceState(globalThis.history.state, '', pathname + search);
};

/** The token that a link ends with. It leaves the address at once, so that it stands in no history, bookmark or screenshot. */
export function useLinkToken(): string | undefined {
  const [token, setToken] = useState(read);
  useEffect(() => {
    clear();
    // Another link to the same page, opened in the same tab, loads nothing anew.
    const take = () => {
      const found = read();
      if (found) setToken(found);
      clear();
    };
    addEventListener('hashchange', take);
    return () => removeEventListener('hashchange', take);
  }, []);
  return token;
}
