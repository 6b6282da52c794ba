/** Buttons that open a list of things to do, hints on hover, and lists to choose from. */

import { Menu as BaseMenu } from '@base-ui/react/menu';
import { Select as BaseSelect } from '@base-ui/react/select';
import { Tooltip as BaseTooltip } from '@base-ui/react/tooltip';
import { Check, ChevronsUpDown } from 'lucide-react';
import { type ReactElement, type ReactNode, useId } from 'react';
import { AppLink } from './link.tsx';

export interface MenuItem {
  text: string;
  icon?: ReactNode;
  note?: string;
  tone?: 'danger';
  disabled?: boolean;
  href?: string;
  run?: () => void;
}

/** `groups`: items that belong together, apart from the others. Empty groups vanish. */
export function Menu({ trigger, children, groups }: { trigger: ReactElement; children?: ReactNode; groups: readonly (readonly MenuItem[])[] }) {
  const shown = groups.filter((group) => group.length > 0);
  return (
    <BaseMenu.Root>
      <BaseMenu.Trigger render={trigger}>{children}</BaseMenu.Trigger>
      <BaseMenu.Portal>
        <BaseMenu.Positioner className="positioner" sideOffset={4} align="end">
          <BaseMenu.Popup className="popup">
            {shown.map((group, index) => (
              <div key={index}>
                {index > 0 ? <hr /> : null}
                {group.map((item) => (
                  <BaseMenu.Item
                    key={item.text}
                    className="option"
                    data-tone={item.tone}
                    disabled={item.disabled ?? false}
                    {...(item.href ? { render: <AppLink href={item.href} /> } : { onClick: () => item.run?.() })}
                  >
                    {item.icon}
                    <span className="clip">{item.text}</span>
                    {item.note ? <span className="option-note">{item.note}</span> : null}
                  </BaseMenu.Item>
                ))}
              </div>
            ))}
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

/** A hint for what has only an icon. It repeats the name, so nothing is lost without it. */
export function Hint({ text, children }: { text: ReactNode; children: ReactElement }) {
  return (
    <BaseTooltip.Root>
      <BaseTooltip.Trigger render={children} />
      <BaseTooltip.Portal>
        <BaseTooltip.Positioner className="positioner" sideOffset={6}>
          <BaseTooltip.Popup className="tooltip">{text}</BaseTooltip.Popup>
        </BaseTooltip.Positioner>
      </BaseTooltip.Portal>
    </BaseTooltip.Root>
  );
}

export interface Choice<Value extends string = string> {
  value: Value;
  text: string;
  note?: string;
}

/** One out of a few. `label` where nothing else names it. */
export function Select<Value extends string>({
  value,
  choices,
  onChange,
  label,
  id,
  compact,
  disabled,
  invalid,
  describedBy,
}: {
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
  label?: string;
  id?: string | undefined;
  /** In a bar of filters: as wide as its text, the label before the value. */
  compact?: boolean;
  disabled?: boolean;
  invalid?: boolean;
  describedBy?: string | undefined;
}) {
  const own = useId();
  const chosen = choices.find((choice) => choice.value === value);
  return (
    <BaseSelect.Root<Value> value={value} onValueChange={(next) => next !== null && onChange(next)} disabled={disabled ?? false}>
      <BaseSelect.Trigger
        id={id ?? own}
        className="input select"
        data-compact={compact || undefined}
        aria-label={label ? `${label}: ${chosen?.text ?? ''}` : undefined}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
      >
        <span className="select-value">
          {compact && label ? <span className="dim">{label} </span> : null}
          {chosen?.text ?? value}
        </span>
        <ChevronsUpDown aria-hidden />
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner className="positioner" sideOffset={4} alignItemWithTrigger={false}>
          <BaseSelect.Popup className="popup">
            {choices.map((choice) => (
              <BaseSelect.Item key={choice.value} value={choice.value} className="option">
                <span className="option-check">
                  <BaseSelect.ItemIndicator>
                    <Check aria-hidden />
                  </BaseSelect.ItemIndicator>
                </span>
                <BaseSelect.ItemText className="clip">{choice.text}</BaseSelect.ItemText>
                {choice.note ? <span className="option-note">{choice.note}</span> : null}
              </BaseSelect.Item>
            ))}
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  );
}
