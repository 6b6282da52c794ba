/** Short words on what was done, or was not. */

import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';

const texts = messages('toast', { close: 'Dismiss', region: 'Notifications' });
const manager = Toast.createToastManager();

export const toast = {
  success: (text: string): void => void manager.add({ title: text, type: 'success', timeout: 5000 }),
  /** Stays longer, and is read out at once. */
  failure: (text: string): void => void manager.add({ title: text, type: 'failure', timeout: 12_000, priority: 'high' }),
};

export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="toasts" aria-label={texts.region}>
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((item) => (
    <Toast.Root key={item.id} toast={item} className="toast" swipeDirection="right">
      <Toast.Content className="toast-content">
        <Toast.Title className="wrap" render={<p />} />
        <Toast.Close render={<Button tone="quiet" size="sm" square aria-label={texts.close} />}>
          <X aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
