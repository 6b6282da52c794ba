import { useLiveStatus } from '../api/live.tsx';
import { messages } from '../i18n/messages.ts';
import { Hint } from '../ui/menu.tsx';

const texts = messages('live', {
  live: 'Live',
  liveHint: 'What happens in this project is shown as it happens.',
  connecting: 'Connecting',
  connectingHint: 'Asking the server for changes.',
  lost: 'Reconnecting',
  lostHint: 'The stream of changes broke. What you see may be a little old.',
  quiet: 'Paused',
  quietHint: 'Changes are not followed: the tab was hidden, or you may not read events.',
});

/** Whether the page follows what happens. */
export function LiveSign() {
  const status = useLiveStatus();
  return (
    <Hint text={texts[`${status}Hint`]}>
      <button type="button" className="live" data-status={status}>
        <span className="live-dot" aria-hidden />
        {texts[status]}
      </button>
    </Hint>
  );
}
