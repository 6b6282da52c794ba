import type { ComponentProps } from 'react';
import { TextField } from './fields.tsx';

/** A whole number, or empty for none. Nothing but digits can be typed. */
export function CountField({ onChange, ...rest }: Omit<ComponentProps<typeof TextField>, 'inputMode'>) {
  return <TextField {...rest} inputMode="numeric" onChange={(text) => onChange(digits(text))} />;
}

export const digits = (text: string): string => text.replace(/\D+/g, '').slice(0, 13);
