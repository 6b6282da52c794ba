/** What is one's own: profile, password, second factor, sessions, appearance. */

import { useSession } from '../../api/session.ts';
import { useScope } from '../../api/scope.tsx';
import { paths } from '../../app/paths.ts';
import { useProjects } from '../../app/projects.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Time } from '../../ui/display.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { Appearance } from './appearance.tsx';
import { PasswordCard } from './password-card.tsx';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';
import { roleLines } from './words.ts';
import './operators.css';

const texts = messages('account', {
  title: 'Your account',
  profile: 'Profile',
  name: 'Name',
  email: 'E-mail address',
  roles: 'Roles',
  since: 'Operator since',
  edit: 'Edit',
  others: 'A super admin can change your name and roles.',
});

export function Account() {
  return (
    <Page title={texts.title}>
      <div className="account-grid">
        <Profile />
        <PasswordCard />
        <SecondFactor />
        <Sessions />
        <Appearance />
      </div>
    </Page>
  );
}

function Profile() {
  const { operator } = useSession();
  const { can } = useScope();
  const projects = useProjects();
  const mayEdit = can('operator:update');
  return (
    <Card
      title={texts.profile}
      note={mayEdit ? undefined : texts.others}
      actions={
        mayEdit ? (
          <ButtonLink size="sm" href={paths.operator(operator.id)}>
            {texts.edit}
          </ButtonLink>
        ) : undefined
      }
    >
      <Facts
        facts={[
          [texts.name, operator.name],
          [texts.email, operator.email],
          [
            texts.roles,
            <ul key="roles">
              {roleLines(operator, projects.data).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>,
          ],
          [texts.since, <Time key="since" at={operator.created_at} exact />],
        ]}
      />
    </Card>
  );
}
