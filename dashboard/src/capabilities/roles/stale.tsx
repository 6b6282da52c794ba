import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Note } from '../../ui/states.tsx';

const texts = messages('edited', {
  stale: 'Someone else saved a change meanwhile, so these edits can no longer be saved.',
  take: 'Drop them and show the new state',
});

/** Says that somebody else was faster. */
export function Stale({ takeOver }: { takeOver: () => void }) {
  return (
    <Note tone="warn">
      <div className="row" data-apart>
        <span>{texts.stale}</span>
        <Button size="sm" onClick={takeOver}>
          {texts.take}
        </Button>
      </div>
    </Note>
  );
}
