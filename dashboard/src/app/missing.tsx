import { Compass } from 'lucide-react';
import { messages } from '../i18n/messages.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { paths } from './paths.ts';

const texts = messages('missing', {
  title: 'Page not found',
  hint: 'There is no such page. The address may be mistyped, or what it led to is gone.',
  lost: 'Nothing here',
  home: 'To the start',
});

/** An address at which there is no page. */
export function Missing() {
  return (
    <Page title={texts.title} note={texts.hint}>
      <Empty icon={<Compass aria-hidden />} title={texts.lost} action={<ButtonLink href={paths.home()}>{texts.home}</ButtonLink>} />
    </Page>
  );
}

/** The same below the head of another page. */
export function MissingPart() {
  return (
    <Empty icon={<Compass aria-hidden />} title={texts.title} action={<ButtonLink href={paths.home()}>{texts.home}</ButtonLink>}>
      {texts.hint}
    </Empty>
  );
}
