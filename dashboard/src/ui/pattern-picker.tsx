/** Choosing from named things such as `key:create`, by their nouns: a whole noun by a pattern such as `key:*`, or one by one. */

import { type ReactNode, useState } from 'react';
import { Checkbox } from './fields.tsx';

interface Named {
  name: string;
  description: string;
}

interface PatternPickerProps<Item extends Named> {
  id: string;
  items: readonly Item[];
  /** Names and patterns; `*` is everything, and then nothing can be taken out. */
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** What stands between the noun and the rest. */
  separator: ':' | '.';
  search: string;
  /** What is said when the search finds nothing. */
  nothing: string;
  /** What a whole noun means. */
  whole: (noun: string) => string;
  /** Why one cannot be chosen. */
  refused?: (item: Item) => string | undefined;
  /** More to the line of one, around its checkbox. */
  line?: (item: Item, checkbox: ReactNode) => ReactNode;
}

export function PatternPicker<Item extends Named>(props: PatternPickerProps<Item>) {
  const { id, items, separator, search, nothing } = props;
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const found = items.filter((item) => `${item.name} ${item.description}`.toLowerCase().includes(wanted));
  const nouns = [...new Set(found.map((item) => nounOf(item.name, separator)))];
  return (
    <>
      <input
        id={id}
        type="search"
        className="input"
        aria-label={search}
        placeholder={search}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="patterns">
        {nouns.map((noun) => (
          <Group {...props} key={noun} noun={noun} shown={found.filter((item) => nounOf(item.name, separator) === noun)} />
        ))}
        {nouns.length === 0 ? <p className="pattern-group dim">{nothing}</p> : null}
      </div>
    </>
  );
}

/** What stands before the separator; nothing for `*`. */
const nounOf = (name: string, separator: string): string => name.slice(0, Math.max(0, name.indexOf(separator)));

interface GroupProps<Item extends Named> extends PatternPickerProps<Item> {
  noun: string;
  shown: readonly Item[];
}

function Group<Item extends Named>({ noun, shown, items, chosen, onChange, separator, whole, refused, line }: GroupProps<Item>) {
  const pattern = `${noun}${separator}*`;
  const all = items.filter((item) => nounOf(item.name, separator) === noun);
  const everything = chosen.includes('*');
  const covered = everything || chosen.includes(pattern);
  const why = all.map((item) => refused?.(item)).find((text) => text !== undefined);
  const others = chosen.filter((one) => nounOf(one, separator) !== noun);
  const toggle = (name: string, on: boolean) => {
    // Taking one out of the whole leaves the rest of it, one by one.
    const own = covered ? all.map((item) => item.name) : chosen.filter((one) => nounOf(one, separator) === noun);
    onChange([...others, ...(on ? [...own, name] : own.filter((one) => one !== name))]);
  };
  return (
    <div className="pattern-group">
      <Checkbox
        checked={covered}
        mixed={!covered && all.some((item) => chosen.includes(item.name))}
        disabled={everything || why !== undefined}
        onChange={(on) => onChange(on ? [...others, pattern] : others)}
        label={
          <>
            <code className="strong">{pattern}</code> <span className="dim small">{why ?? whole(noun.replaceAll('_', ' '))}</span>
          </>
        }
      />
      <ul>
        {shown.map((item) => {
          const not = refused?.(item);
          const checkbox = (
            <Checkbox
              checked={covered || chosen.includes(item.name)}
              disabled={everything || not !== undefined}
              onChange={(on) => toggle(item.name, on)}
              label={
                <>
                  <code>{item.name}</code> <span className="dim small">{not ?? item.description}</span>
                </>
              }
            />
          );
          return <li key={item.name}>{line ? line(item, checkbox) : checkbox}</li>;
        })}
      </ul>
    </div>
  );
}
