/** The page's search, and a short text beside it that narrows the list exactly. */

import { useEffect, useState } from 'react';

export { SearchField } from '../../ui/fields.tsx';

export function TextInput({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (value !== known) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    const next = text.trim();
    if (next === value) return undefined;
    const timer = setTimeout(() => {
      setKnown(next);
      onChange(next);
    }, 250);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <input
      className="input mono-filter"
      aria-label={label}
      placeholder={label}
      autoComplete="off"
      spellCheck={false}
      maxLength={128}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
