/** What was read of the installation, with what was read in the last minutes: kept in memory while the page is open. */

import { ok } from '@carcosa/client';
import { useRef } from 'react';
import { useRead } from '../../api/data.ts';
import type { Installation } from './words.ts';

export interface Sample {
  at: string;
  /** How long the server took to answer, in milliseconds, with the network. */
  answer: number;
  figures: Record<string, number>;
}

export interface Reading {
  installation: Installation;
  ready: boolean;
  samples: readonly Sample[];
}

const EVERY_MS = 5000;
/** Ten minutes. */
const KEPT = 120;

export function useHealth() {
  const samples = useRef<readonly Sample[]>([]);
  return useRead<Reading>(
    ['health'],
    async (api, signal) => {
      const start = performance.now();
      const [installation, ready] = await Promise.all([
        ok(api.GET('/v1/installation', { signal })),
        api.GET('/health/ready', { signal }).then(
          () => true,
          () => false,
        ),
      ]);
      const sample = { at: new Date().toISOString(), answer: performance.now() - start, figures: figuresOf(installation) };
      samples.current = [...samples.current, sample].slice(-KEPT);
      return { data: { installation, ready, samples: samples.current } };
    },
    { refetchInterval: EVERY_MS },
  );
}

/** Every figure by its part and name: `sequencer.waiting`. */
const figuresOf = ({ components }: Installation): Record<string, number> =>
  Object.fromEntries(components.flatMap(({ name, figures }) => Object.entries(figures).map(([figure, value]) => [`${name}.${figure}`, value])));
