import { Plus } from 'lucide-react';
import { Button, type ButtonProps } from './button.tsx';

/** Begins what is made on this page. The shortcut for that presses it. */
export function CreateButton(props: Pick<ButtonProps, 'tone' | 'onClick' | 'children'>) {
  return <Button tone="primary" icon={<Plus aria-hidden />} data-create {...props} />;
}
