/** The parts of an installation, in words: what each is for, and what to do when it fares badly. */

import type { Schemas } from '@carcosa/client';
import { bytes, duration, number } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import type { Tone } from '../../ui/display.tsx';

export type Installation = Schemas['Installation'];
export type Component = Installation['components'][number];
export type ComponentState = Component['state'];

const texts = messages('health-words', {
  names: {
    database: 'Database',
    directory: 'Directory',
    sequencer: 'Sequencer',
    jobs: 'Background jobs',
    webhooks: 'Webhook queue',
    disk: 'Disk',
  } as Record<string, string>,
  purposes: {
    database: 'Keeps everything. Nothing works without it.',
    directory: 'What this node remembers of keys, tenants and roles, so that checks need no database.',
    sequencer: 'Gives each change its place in the order that the feed, webhooks and sync follow.',
    jobs: 'Mails, purges and other work that is done later.',
    webhooks: 'Deliveries that are due to be sent.',
    disk: 'Free space where the database is.',
  } as Record<string, string>,
  advice: {
    database: 'Requests wait for it. Look at its load, at long transactions and at backups that run; `carcosa doctor` on the server looks closer.',
    directory: 'This node asks the database for everything until it hears from the log again. If that lasts for minutes, look at its connection to the database, then restart it.',
    sequencer: 'Changes are stored, but events, webhooks and copies hear of them late. A transaction that has been open for long holds it up: end it in the database.',
    jobs: 'Jobs that were given up do not run again by themselves: `last_error` in the table `jobs` says why. If many are due, add a node or find what is slow.',
    webhooks: 'Deliveries leave late. An endpoint that answers slowly holds up its own; if all are late, add a node.',
    disk: 'Make room before it is full: then nothing can be changed any more.',
  } as Record<string, string>,
  states: { ok: 'Well', warning: 'Needs a look', problem: 'Not working' } as Record<ComponentState, string>,
  figures: {
    waiting: 'Waiting',
    due: 'Due',
    failed: 'Given up',
    ping: 'Answer',
    oldest: 'Oldest',
    age: 'Last heard',
    free: 'Free',
  } as Record<string, string>,
});

const TONES: Record<ComponentState, Tone> = { ok: 'good', warning: 'warn', problem: 'bad' };

export const componentName = (name: string): string => texts.names[name] ?? name.replaceAll('_', ' ');
export const purposeOf = (name: string): string | undefined => texts.purposes[name];
export const adviceFor = (name: string): string | undefined => texts.advice[name];
export const stateWord = (state: ComponentState): string => texts.states[state];
export const stateTone = (state: ComponentState): Tone => TONES[state];

const UNITS: readonly [suffix: string, write: (value: number) => string][] = [
  ['_microseconds', (value) => duration(value / 1e6)],
  ['_milliseconds', (value) => duration(value / 1000)],
  ['_seconds', duration],
  ['_bytes', bytes],
];

/** A figure as people read it: its name without the unit, its value with it. */
export function figureText(name: string, value: number): [name: string, value: string] {
  const [suffix, write] = UNITS.find(([ending]) => name.endsWith(ending)) ?? ['', number];
  const bare = name.slice(0, name.length - suffix.length);
  return [texts.figures[bare] ?? bare.replaceAll('_', ' '), write(value)];
}

/** The worst of all. */
export function worstOf(components: readonly Component[]): ComponentState {
  const states = components.map((one) => one.state);
  return states.includes('problem') ? 'problem' : states.includes('warning') ? 'warning' : 'ok';
}
