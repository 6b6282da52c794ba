import { messages } from '../../i18n/messages.ts';
import { Page } from '../../ui/page.tsx';
import { installationSource } from './source.ts';
import { LogView } from './view.tsx';

const texts = messages('log-installation', {
  title: 'Installation log',
  note: 'What was done to the installation itself: operators, their sign-ins, projects. Each project has a log of its own.',
});

export function InstallationLog() {
  return (
    <Page title={texts.title} note={texts.note}>
      <LogView source={installationSource} />
    </Page>
  );
}
