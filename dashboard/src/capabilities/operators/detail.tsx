/** One operator: who they are, what they may do, and what they did. */

import { useParams } from '@tanstack/react-router';
import { Ban, CircleCheck, LogOut, MoreHorizontal, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useRead } from '../../api/data.ts';
import { useScope } from '../../api/scope.tsx';
import { useSession } from '../../api/session.ts';
import { paths } from '../../app/paths.ts';
import { useProjects } from '../../app/projects.ts';
import { messages } from '../../i18n/messages.ts';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Badge, Id, Time } from '../../ui/display.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { Loaded, Note } from '../../ui/states.tsx';
import { DeleteOperator, DisableOperator, EnableOperator, EndSessions } from './ask.tsx';
import { OperatorActivity } from './activity.tsx';
import { EditOperator } from './edit.tsx';
import { ResendInvitation } from './resend.tsx';
import { type Operator, credentialText, nameOf, rolesText, statusText, statusTone } from './words.ts';

const texts = messages('operator', {
  title: 'Operator',
  all: 'All operators',
  actions: 'Actions',
  resend: 'Send invitation again',
  endSessions: 'End all sessions…',
  disable: 'Disable…',
  enable: 'Enable…',
  delete: 'Delete…',
  facts: 'Account',
  id: 'Id',
  email: 'E-mail address',
  name: 'Name',
  roles: 'Roles',
  signsIn: 'Signs in with',
  nothing: 'nothing yet',
  lastSignIn: 'Last sign-in',
  never: 'never',
  invited: 'Invited',
  disabledAt: 'Disabled',
  changed: 'Changed',
  you: 'you',
  waiting:
    'They have not accepted the invitation yet. Its link works once, for seven days. If it is lost or has run out, send the invitation again.',
  out: 'They cannot sign in until someone enables them again.',
});

export function OperatorPage() {
  const { operator: id = '' } = useParams({ strict: false });
  const operator = useRead(['operators', id], (api, signal) =>
    api.GET('/v1/operators/{operator}', { params: { path: { operator: id } }, signal }),
  );
  if (!operator.data) {
    return (
      <Page title={texts.title} actions={<ButtonLink href={paths.operators()}>{texts.all}</ButtonLink>}>
        <div className="card card-body">
          <Loaded query={operator}>{() => null}</Loaded>
        </div>
      </Page>
    );
  }
  return <Shown key={id} operator={operator.data} />;
}

function Shown({ operator }: { operator: Operator }) {
  const { can } = useScope();
  const me = useSession().operator.id === operator.id;
  const [asking, setAsking] = useState<'resend' | 'sessions' | 'disable' | 'enable' | 'delete'>();
  const close = () => setAsking(undefined);
  const toggle =
    operator.status === 'disabled'
      ? { text: texts.enable, icon: <CircleCheck aria-hidden />, run: () => setAsking('enable') }
      : { text: texts.disable, icon: <Ban aria-hidden />, run: () => setAsking('disable') };
  const resend = operator.status === 'invited' && can('operator:create');
  const end = { text: texts.endSessions, icon: <LogOut aria-hidden />, run: () => setAsking('sessions') };
  const groups = [
    // One's own are ended on the page of one's account, which keeps the present one.
    can('operator:update') ? [...(operator.status === 'active' && !me ? [end] : []), toggle] : [],
    can('operator:delete')
      ? [{ text: texts.delete, icon: <Trash2 aria-hidden />, tone: 'danger' as const, run: () => setAsking('delete') }]
      : [],
  ];
  return (
    <Page
      title={nameOf(operator)}
      badge={
        <>
          <Badge dot tone={statusTone(operator.status)}>
            {statusText(operator.status)}
          </Badge>
          {me ? <Badge>{texts.you}</Badge> : null}
        </>
      }
      note={operator.name ? operator.email : undefined}
      actions={
        resend || groups.some((group) => group.length > 0) ? (
          <>
            {resend ? (
              <Button icon={<Send aria-hidden />} onClick={() => setAsking('resend')}>
                {texts.resend}
              </Button>
            ) : null}
            <Menu
              trigger={
                <Button square aria-label={texts.actions}>
                  <MoreHorizontal aria-hidden />
                </Button>
              }
              groups={groups}
            />
          </>
        ) : undefined
      }
    >
      {operator.status === 'invited' ? <Note>{texts.waiting}</Note> : null}
      {operator.status === 'disabled' ? <Note tone="warn">{texts.out}</Note> : null}
      <div className="operator-grid">
        <div className="stack">
          {can('operator:update') ? <EditOperator operator={operator} /> : null}
          {can('installation:read') ? <OperatorActivity operator={operator} /> : null}
        </div>
        <OperatorFacts operator={operator} roles={!can('operator:update')} />
      </div>
      {asking === 'resend' ? <ResendInvitation operator={operator} close={close} /> : null}
      {asking === 'sessions' ? <EndSessions operator={operator} close={close} /> : null}
      {asking === 'disable' ? <DisableOperator operator={operator} me={me} close={close} /> : null}
      {asking === 'enable' ? <EnableOperator operator={operator} close={close} /> : null}
      {asking === 'delete' ? <DeleteOperator operator={operator} me={me} close={close} /> : null}
    </Page>
  );
}

function OperatorFacts({ operator, roles }: { operator: Operator; roles: boolean }) {
  const projects = useProjects();
  return (
    <Card title={texts.facts}>
      <Facts
        facts={[
          [texts.id, <Id key="id" id={operator.id} />],
          [texts.email, operator.email],
          [texts.roles, roles ? rolesText(operator, projects.data) : undefined],
          [
            texts.signsIn,
            operator.credentials.length === 0 ? (
              <span className="dim">{texts.nothing}</span>
            ) : (
              <ul>
                {operator.credentials.map((one) => (
                  <li key={one.kind}>
                    {credentialText(one.kind)} <span className="dim">· <Time at={one.added_at} /></span>
                  </li>
                ))}
              </ul>
            ),
          ],
          [
            texts.lastSignIn,
            operator.last_sign_in_at ? <Time key="last" at={operator.last_sign_in_at} /> : <span className="dim">{texts.never}</span>,
          ],
          [texts.invited, <Time key="invited" at={operator.created_at} />],
          [texts.changed, <Time key="changed" at={operator.updated_at} />],
          [texts.disabledAt, operator.disabled_at ? <Time key="disabled" at={operator.disabled_at} /> : undefined],
        ]}
      />
    </Card>
  );
}
