/** Series over time: as lines, as areas one upon the other, or as bars one upon the other. */

import { max } from 'd3-array';
import { scaleBand, scaleLinear, scalePoint } from 'd3-scale';
import { area, curveMonotoneX, line, stack } from 'd3-shape';
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';
import { compact, day, number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Legend, Numbers, type Series, useWidth } from './frame.tsx';

const texts = messages('time-chart', { when: 'When' });
const MARGIN = { top: 8, right: 8, bottom: 22, left: 40 };

export interface TimeChartProps {
  label: string;
  /** When each value was, oldest first. */
  times: readonly string[];
  series: readonly Series[];
  kind: 'line' | 'area' | 'bars';
  height?: number;
  /** How a moment is written; days when absent. */
  format?: (at: string) => string;
  legend?: boolean;
}

export function TimeChart({ label, times, series, kind, height = 200, format = day, legend = series.length > 1 }: TimeChartProps) {
  const [ref, width] = useWidth();
  const [at, setAt] = useState<number | undefined>();
  return (
    <figure className="chart">
      {legend ? <Legend series={series} /> : null}
      <div ref={ref} className="chart-area" style={{ height }}>
        {width > 0 && times.length > 0 ? (
          <Plot {...{ label, times, series, kind, height, format, width, at, setAt }} />
        ) : null}
      </div>
      <Numbers
        label={label}
        head={[texts.when, ...series.map((one) => one.name)]}
        rows={times.map((time, index) => [format(time), ...series.map((one) => number(one.values[index] ?? 0))])}
      />
    </figure>
  );
}

interface PlotProps extends Required<Omit<TimeChartProps, 'legend'>> {
  width: number;
  at: number | undefined;
  setAt: (index: number | undefined) => void;
}

function Plot({ label, times, series, kind, height, format, width, at, setAt }: PlotProps) {
  const layers = useMemo(() => layered(times.length, series, kind), [times.length, series, kind]);
  const top = Math.max(1, max(layers.flat(), ([, high]) => high) ?? 1);
  const y = scaleLinear([0, top], [height - MARGIN.bottom, MARGIN.top]).nice(4);
  const range: [number, number] = [MARGIN.left, width - MARGIN.right];
  const bands = scaleBand(times.keys(), range).paddingInner(0.25).paddingOuter(0.1);
  const points = scalePoint(times.keys(), range);
  const x = (index: number) => (kind === 'bars' ? (bands(index) ?? 0) + bands.bandwidth() / 2 : (points(index) ?? 0));
  const nearest = (event: PointerEvent<SVGSVGElement>) => {
    const place = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const share = (place - range[0]) / (range[1] - range[0]);
    setAt(Math.max(0, Math.min(times.length - 1, Math.round(share * (times.length - 1)))));
  };
  const step = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(times.length - 1, (at ?? (by > 0 ? -1 : times.length)) + by)));
  };
  return (
    <>
      { }
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={label}
        tabIndex={0}
        onKeyDown={step}
        onPointerMove={nearest}
        onPointerLeave={() => setAt(undefined)}
        onBlur={() => setAt(undefined)}
      >
        <Axes y={y} x={x} width={width} height={height} times={times} format={format} />
        {/* The lowest last: where there is nothing of those above it, their lines would hide its own. */}
        {series
          .map((one, index) => (
            <Shape key={one.key} layer={layers[index] ?? []} color={one.color} kind={kind} x={x} y={y} width={bands.bandwidth()} />
          ))
          .toReversed()}
        {at === undefined ? null : (
          <line x1={x(at)} x2={x(at)} y1={MARGIN.top} y2={height - MARGIN.bottom} className="chart-cursor" />
        )}
      </svg>
      {at === undefined ? null : <Reading time={format(times[at] ?? '')} series={series} at={at} left={x(at)} width={width} />}
    </>
  );
}

type Layer = readonly [low: number, high: number][];

/** From where to where each value goes. */
function layered(count: number, series: readonly Series[], kind: TimeChartProps['kind']): Layer[] {
  if (kind === 'line') return series.map((one) => one.values.map((value) => [0, value] as [number, number]));
  const rows = Array.from({ length: count }, (_, index) => Object.fromEntries(series.map((one) => [one.key, one.values[index] ?? 0])));
  return stack<Record<string, number>>()
    .keys(series.map((one) => one.key))(rows)
    .map((layer) => layer.map(([low, high]) => [low, high] as [number, number]));
}

type Scale = ReturnType<typeof scaleLinear<number, number>>;

function Shape({
  layer,
  color,
  kind,
  x,
  y,
  width,
}: {
  layer: Layer;
  color: string;
  kind: TimeChartProps['kind'];
  x: (index: number) => number;
  y: Scale;
  width: number;
}) {
  if (kind === 'bars') {
    return layer.map(([low, high], index) => (
      <rect key={index} x={x(index) - width / 2} width={width} y={y(high)} height={Math.max(0, y(low) - y(high))} fill={color} rx={1.5} />
    ));
  }
  // What there is nothing of would draw its line over the one below it.
  if (kind === 'area' && layer.every(([low, high]) => low === high)) return null;
  const path = line<[number, number]>((_, index) => x(index), ([, high]) => y(high)).curve(curveMonotoneX)([...layer]);
  const fill = area<[number, number]>(
    (_, index) => x(index),
    ([low]) => y(low),
    ([, high]) => y(high),
  ).curve(curveMonotoneX)([...layer]);
  return (
    <>
      {kind === 'area' ? <path d={fill ?? ''} fill={color} opacity={0.28} /> : null}
      <path d={path ?? ''} fill="none" stroke={color} strokeWidth={1.75} strokeLinejoin="round" />
    </>
  );
}

function Axes({
  x,
  y,
  width,
  height,
  times,
  format,
}: {
  x: (index: number) => number;
  y: Scale;
  width: number;
  height: number;
  times: readonly string[];
  format: (at: string) => string;
}) {
  // As many labels as have room, by the length of the longest.
  const longest = max(times, (time) => format(time).length) ?? 0;
  const every = Math.max(1, Math.ceil(times.length / Math.max(2, Math.floor((width - MARGIN.left) / (longest * 7 + 24)))));
  return (
    <g className="chart-axes">
      {y
        .ticks(4)
        .filter(Number.isInteger)
        .map((tick) => (
          <g key={tick}>
            <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(tick)} y2={y(tick)} />
            <text x={MARGIN.left - 8} y={y(tick)} dy="0.32em" textAnchor="end">
              {compact(tick)}
            </text>
          </g>
        ))}
      {times.map((time, index) =>
        index % every === 0 ? (
          <text key={time} x={x(index)} y={height - 6} textAnchor={anchor(x(index), (longest * 7) / 2, width)}>
            {format(time)}
          </text>
        ) : null,
      )}
    </g>
  );
}

/** What would reach over an edge grows inwards. */
const anchor = (x: number, half: number, width: number): 'start' | 'middle' | 'end' => (x < half ? 'start' : x + half > width ? 'end' : 'middle');

function Reading({ time, series, at, left, width }: { time: string; series: readonly Series[]; at: number; left: number; width: number }) {
  const side = left > width / 2 ? { right: width - left + 10 } : { left: left + 10 };
  return (
    <div className="chart-reading" style={side} role="status">
      <div className="strong">{time}</div>
      {series.map((one) => (
        <div key={one.key} className="row" data-apart>
          <span className="row">
            <span className="legend-key" style={{ background: one.color }} />
            {one.name}
          </span>
          <span className="numeric">{number(one.values[at] ?? 0)}</span>
        </div>
      ))}
    </div>
  );
}
