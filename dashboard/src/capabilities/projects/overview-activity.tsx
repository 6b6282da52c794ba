import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { AppLink } from '../../ui/link.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { EntryList } from '../log/recent.tsx';

const texts = messages('overview-activity', {
  latest: 'Latest activity',
  latestNote: 'As it happens',
  security: 'Security',
  securityNote: 'Refusals, keys, roles, secrets and exports',
  all: 'All activity',
  allSecurity: 'All security entries',
});

const SHOWN = 8;
const OF_SECURITY = 'access.denied,sign_in.failed,key.created,key.rotated,key.revoked,key.imported,role.*,security_policy.*,webhook_endpoint.secret_rotated,audit.*';

/** The first part of the name is what events refresh: so it is live. */
const useEntries = (action?: string) =>
  useRead(['audit', 'overview', action], (api, signal) =>
    api.GET('/v1/audit', { params: { query: { limit: SHOWN, ...(action ? { action } : {}) } }, signal }),
  );

export function LatestActivity() {
  const { project } = useProject();
  const entries = useEntries();
  return (
    <Card title={texts.latest} note={texts.latestNote} actions={<AppLink href={projectPaths(project.slug).log({ live: '1' })}>{texts.all}</AppLink>}>
      <Loaded query={entries} lines={6}>
        {({ data }) => <EntryList entries={data} />}
      </Loaded>
    </Card>
  );
}

export function SecurityEvents() {
  const { project } = useProject();
  const entries = useEntries(OF_SECURITY);
  return (
    <Card
      title={texts.security}
      note={texts.securityNote}
      actions={<AppLink href={projectPaths(project.slug).log({ action: OF_SECURITY })}>{texts.allSecurity}</AppLink>}
    >
      <Loaded query={entries} lines={6}>
        {({ data }) => <EntryList entries={data} />}
      </Loaded>
    </Card>
  );
}
