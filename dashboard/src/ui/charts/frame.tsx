/** What charts share: their size on the page, their colours, a legend, and the same numbers as a table for those who do not see them. */

import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { messages } from '../../i18n/messages.ts';

const texts = messages('charts', { table: 'Numbers of this chart' });

export interface Series {
  key: string;
  name: string;
  /** One of `--chart-1` … `--chart-6`, or a tone. */
  color: string;
  values: readonly number[];
}

/** Colours in the order in which series come. */
export const colorOf = (index: number): string => `var(--chart-${(index % 6) + 1})`;

/** Follows the width of an element. */
export function useWidth(): [ref: React.RefObject<HTMLDivElement | null>, width: number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

export function Legend({ series }: { series: readonly Pick<Series, 'key' | 'name' | 'color'>[] }) {
  return (
    <ul className="legend" aria-hidden>
      {series.map((one) => (
        <li key={one.key}>
          <span className="legend-key" style={{ background: one.color }} />
          {one.name}
        </li>
      ))}
    </ul>
  );
}

/** The chart's numbers for screen readers. */
export function Numbers({ label, head, rows }: { label: string; head: readonly string[]; rows: readonly (readonly ReactNode[])[] }) {
  return (
    <div className="hidden-visually">
      <table>
        <caption>
          {label}. {texts.table}
        </caption>
        <thead>
          <tr>
            {head.map((name, index) => (
              <th key={index} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) => (
                <td key={place}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
