/** What an operator did in the installation, the newest first. */

import { useRead } from '../../api/data.ts';
import { paths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { EntryList } from '../log/recent.tsx';
import type { Operator } from './words.ts';

const texts = messages('operator-activity', {
  title: 'Activity',
  note: 'What they did in the installation. What they do in a project stands in the log of that project.',
  all: 'All in the log',
});

const SHOWN = 10;

export function OperatorActivity({ operator }: { operator: Operator }) {
  const entries = useRead(['audit', 'of', operator.id], (api, signal) =>
    api.GET('/v1/installation/audit', { params: { query: { actor_id: operator.id, limit: SHOWN } }, signal }),
  );
  return (
    <Card
      title={texts.title}
      note={texts.note}
      actions={
        <ButtonLink size="sm" href={paths.installationLog({ actor: operator.id })}>
          {texts.all}
        </ButtonLink>
      }
    >
      <Loaded query={entries}>{({ data }) => <EntryList entries={data} self={operator.id} />}</Loaded>
    </Card>
  );
}
