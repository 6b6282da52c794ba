/** Before an operator is signed out, kept out, let in again, or deleted. */

import type { Schemas } from '@carcosa/client';
import { useNavigate } from '@tanstack/react-router';
import { ifMatch, useAction, useRead } from '../../api/data.ts';
import { paths } from '../../app/paths.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Ask } from '../../ui/dialog.tsx';
import { Loaded, Note } from '../../ui/states.tsx';
import { type Operator, nameOf } from './words.ts';

const texts = messages('operator-ask', {
  sessions: (name: string) => `End all sessions of ${name}?`,
  sessionsText: (count: number, more: boolean) =>
    count === 0
      ? 'They are signed in nowhere now.'
      : `${more ? 'More than ' : ''}${counted(count, 'session ends', 'sessions end')} at once. They can sign in again: whoever knows their password can, too.`,
  sessionsYes: 'End all sessions',
  sessionsEnded: (count: number) => `${counted(count, 'session has', 'sessions have')} ended.`,
  disable: (name: string) => `Disable ${name}?`,
  disableText: 'Their sessions end at once and they cannot sign in. Roles, second factor and what they did stay. You can enable them again.',
  disableYes: 'Disable',
  disableMe: 'This is you: you are signed out, and someone else has to let you in again.',
  disabled: (name: string) => `${name} is disabled.`,
  enable: (name: string) => `Enable ${name}?`,
  enableText: 'They can sign in again, with the roles that they had.',
  enableYes: 'Enable',
  enabled: (name: string) => `${name} is enabled.`,
  delete: (name: string) => `Delete ${name}?`,
  deleteText: 'Their sessions end at once, and their account with its roles is gone for good. What they did stays in the log.',
  deleteInvited: 'The link of their invitation stops working.',
  deleteMe: 'This is you: you are signed out, and cannot come back.',
  deleteYes: 'Delete operator',
  deleted: (name: string) => `${name} is deleted.`,
});

interface Props {
  operator: Operator;
  close: () => void;
}

const at = ({ id, version }: Operator) => ({
  params: { path: { operator: id } },
  headers: ifMatch(version),
});

export function EndSessions({ operator, close }: Props) {
  const { id } = operator;
  const sessions = useRead(['sessions', id], (api, signal) =>
    api.GET('/v1/operators/{operator}/sessions', { params: { path: { operator: id }, query: { limit: 100 } }, signal }),
  );
  const action = useAction<void, Schemas['RevokedSessions']>({
    run: (api) => api.POST('/v1/operators/{operator}/sessions/revoke', { params: { path: { operator: id } } }),
    refresh: ['sessions', 'audit'],
    said: ({ count }) => texts.sessionsEnded(count),
    done: close,
    failure: 'caller',
  });
  return (
    <Ask
      open
      onClose={close}
      title={texts.sessions(nameOf(operator))}
      yes={texts.sessionsYes}
      run={() => action.mutate()}
      busy={action.isPending}
      error={action.error}
    >
      <Loaded query={sessions}>{({ data, page }) => <p>{texts.sessionsText(data.length, page.has_more)}</p>}</Loaded>
    </Ask>
  );
}

function useDisabled(operator: Operator, disabled: boolean, close: () => void) {
  return useAction<void, Operator>({
    run: (api) => api.PATCH('/v1/operators/{operator}', { ...at(operator), body: { disabled } }),
    refresh: ['operators', 'audit'],
    said: (now) => (disabled ? texts.disabled : texts.enabled)(nameOf(now)),
    done: close,
    failure: 'caller',
  });
}

export function DisableOperator({ operator, me, close }: Props & { me: boolean }) {
  const action = useDisabled(operator, true, close);
  return (
    <Ask
      open
      onClose={close}
      title={texts.disable(nameOf(operator))}
      yes={texts.disableYes}
      run={() => action.mutate()}
      busy={action.isPending}
      error={action.error}
    >
      <p>{texts.disableText}</p>
      {me ? <Note tone="warn">{texts.disableMe}</Note> : null}
    </Ask>
  );
}

export function EnableOperator({ operator, close }: Props) {
  const action = useDisabled(operator, false, close);
  return (
    <Ask
      open
      harmless
      onClose={close}
      title={texts.enable(nameOf(operator))}
      yes={texts.enableYes}
      run={() => action.mutate()}
      busy={action.isPending}
      error={action.error}
    >
      {texts.enableText}
    </Ask>
  );
}

export function DeleteOperator({ operator, me, close }: Props & { me: boolean }) {
  const navigate = useNavigate();
  const action = useAction<void, unknown>({
    run: (api) => api.DELETE('/v1/operators/{operator}', at(operator)),
    refresh: ['operators', 'audit'],
    said: () => texts.deleted(nameOf(operator)),
    done: () => void navigate({ to: paths.operators(), replace: true }),
    failure: 'caller',
  });
  return (
    <Ask
      open
      onClose={close}
      title={texts.delete(nameOf(operator))}
      yes={texts.deleteYes}
      word={operator.email}
      run={() => action.mutate()}
      busy={action.isPending}
      error={action.error}
    >
      <p>{operator.status === 'invited' ? texts.deleteInvited : texts.deleteText}</p>
      {me ? <Note tone="warn">{texts.deleteMe}</Note> : null}
    </Ask>
  );
}
