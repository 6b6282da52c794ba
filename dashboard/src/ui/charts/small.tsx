/** Charts that stand in a line of text or a table, and shares of a whole. */

import { max, sum } from 'd3-array';
import { scaleLinear } from 'd3-scale';
import { area, line } from 'd3-shape';
import { number, percent } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../link.tsx';
import { Numbers } from './frame.tsx';

const texts = messages('shares', { part: 'Part', count: 'Number' });

/** How a value went, as wide as a word. `label` says in words what it shows. */
export function Sparkline({ values, label, width = 96, height = 24 }: { values: readonly number[]; label: string; width?: number; height?: number }) {
  const top = Math.max(1, max(values) ?? 1);
  const x = scaleLinear([0, Math.max(1, values.length - 1)], [1, width - 1]);
  const y = scaleLinear([0, top], [height - 2, 2]);
  const data = [...values];
  return (
    <svg width={width} height={height} role="img" aria-label={label} className="sparkline">
      <path d={area<number>((_, index) => x(index), height - 1, (value) => y(value))(data) ?? ''} className="sparkline-fill" />
      <path d={line<number>((_, index) => x(index), (value) => y(value))(data) ?? ''} className="sparkline-line" />
    </svg>
  );
}

export interface Share {
  key: string;
  name: string;
  value: number;
  color: string;
  href?: string;
}

/** Parts of a whole: one bar, and a line for each with its number. */
export function Shares({ label, shares }: { label: string; shares: readonly Share[] }) {
  const whole = sum(shares, (share) => share.value);
  return (
    <figure className="shares">
      <div className="shares-bar" role="img" aria-label={label}>
        {shares
          .filter((share) => share.value > 0)
          .map((share) => (
            <span key={share.key} style={{ flexGrow: share.value, background: share.color }} />
          ))}
      </div>
      <ul className="shares-list">
        {shares.map((share) => (
          <li key={share.key}>
            <span className="legend-key" style={{ background: share.color }} />
            <span className="clip">{share.href ? <AppLink href={share.href}>{share.name}</AppLink> : share.name}</span>
            <span className="numeric">{number(share.value)}</span>
            <span className="numeric dim end">{whole > 0 ? percent(share.value / whole) : '–'}</span>
          </li>
        ))}
      </ul>
      <Numbers label={label} head={[texts.part, texts.count]} rows={shares.map((share) => [share.name, number(share.value)])} />
    </figure>
  );
}
