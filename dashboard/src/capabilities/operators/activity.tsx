/** What an operator did in the installation, the newest first. */

import { useList, useRead } from '../../api/data.ts';
import { paths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { OPERATORS, loadOperators } from './operators.ts';
import { type Operator, nameOf } from './words.ts';

const texts = messages('operator-activity', {
  title: 'Activity',
  note: 'What they did in the installation. What they do in a project stands in the log of that project.',
  all: 'All in the log',
  none: 'Nothing yet.',
  from: (ip: string) => `from ${ip}`,
  actions: {
    'operator.created': 'Invited an operator',
    'operator.updated': 'Changed an operator',
    'operator.deleted': 'Deleted an operator',
    'operator.joined': 'Accepted the invitation',
    'operator.linked': 'Came by single sign-on for the first time',
    'operator.password_changed': 'Changed the password',
    'operator.totp_started': 'Began to set up an authenticator app',
    'operator.totp_enabled': 'Turned the second factor on',
    'operator.totp_disabled': 'Turned the second factor off',
    'operator.sign_in_failed': 'Failed to sign in',
    'session.created': 'Signed in',
    'session.revoked': 'Ended a session',
    'project.created': 'Created a project',
    'access.denied': 'Was refused',
  } as Record<string, string>,
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
        <ButtonLink size="sm" href={paths.installationLog({ actor_id: operator.id })}>
          {texts.all}
        </ButtonLink>
      }
    >
      <Loaded query={entries}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="dim">{texts.none}</p>
          ) : (
            <ul className="items">
              {data.map((entry) => (
                <li key={entry.id}>
                  <span className="grow">
                    {texts.actions[entry.action] ?? <code>{entry.action}</code>}
                    {entry.target.kind === 'operator' && entry.target.id !== operator.id ? <Other id={entry.target.id} /> : null}
                    {entry.ip ? <span className="dim small"> {texts.from(entry.ip)}</span> : null}
                  </span>
                  <span className="dim small">
                    <Time at={entry.created_at} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

/** Whom it was done to: by name, while they are there. */
function Other({ id }: { id: string }) {
  const operators = useList<Operator>(OPERATORS, loadOperators);
  const found = operators.items.find((one) => one.id === id);
  return found ? (
    <>
      : <AppLink href={paths.operator(id)}>{nameOf(found)}</AppLink>
    </>
  ) : (
    <span className="dim mono small"> …{id.slice(-6)}</span>
  );
}
