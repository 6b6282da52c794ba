import type { ComponentProps, ReactNode } from 'react';
import { AppLink } from './link.tsx';

export interface ButtonLook {
  /** `primary`: the one thing to do here. `danger`: begins something destructive. `destroy`: does it. */
  tone?: 'plain' | 'primary' | 'quiet' | 'danger' | 'destroy';
  size?: 'sm' | 'md';
  /** As wide as high, for an icon alone. Give it an `aria-label`. */
  square?: boolean;
}

export interface ButtonProps extends ComponentProps<'button'>, ButtonLook {
  /** Under way: it stays where it is and takes no second press. */
  busy?: boolean;
  icon?: ReactNode;
}

export function Button({ tone = 'plain', size = 'md', square, busy, icon, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className="button"
      data-tone={tone}
      data-size={size}
      data-square={square || undefined}
      aria-busy={busy || undefined}
      disabled={disabled || busy}
      {...rest}
    >
      {busy ? <span className="spinner" aria-hidden /> : icon}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({
  href,
  tone = 'plain',
  size = 'md',
  icon,
  children,
}: ButtonLook & { href: string; icon?: ReactNode; children: ReactNode }) {
  return (
    <AppLink href={href} className="button" data-tone={tone} data-size={size}>
      {icon}
      {children}
    </AppLink>
  );
}
