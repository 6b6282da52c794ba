import { useNavigate, useParams } from '@tanstack/react-router';
import { Ellipsis, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ifMatch, useAction, useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { duration, number, percent } from '../../i18n/format.ts';
import { counted, messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Ask } from '../../ui/dialog.tsx';
import { Badge, Id, Meter, Time } from '../../ui/display.tsx';
import { Menu } from '../../ui/menu.tsx';
import { PageOf } from '../../ui/page-of.tsx';
import { Card, Facts, Figure, Page } from '../../ui/page.tsx';
import { Note } from '../../ui/states.tsx';
import { Activity } from '../log/recent.tsx';
import { SyncClientForm } from './form.tsx';
import { type SyncClient, kindName, millis, progressText, statusMeaning, statusTone, statusWord, typeName } from './model.ts';
import { Reports } from './reports.tsx';
import './sync.css';

const texts = messages('sync-client', {
  title: 'Sync client',
  actions: 'Actions',
  edit: 'Change',
  remove: 'Remove',
  ask: (name: string) => `Remove ${name}?`,
  askHint: (reports: number) =>
    `Its registration and its reports are deleted (${counted(reports, 'report', 'reports')} in the last 24 hours), and what it reports from then on is refused. The copy itself stays where it is.`,
  askYes: 'Remove the registration',
  removed: (name: string) => `${name} is registered no longer.`,
  lag: 'Behind',
  lagNote: (time: string) => `since ${time}`,
  lagNone: 'it has everything',
  lagUnknown: 'no cursor reported yet',
  events: (count: number) => counted(count, 'event', 'events'),
  rate: 'Succeeded, 24 h',
  rateNote: (done: string, failed: string) => `${done} succeeded, ${failed} failed`,
  drift: 'Drift',
  driftNone: 'never compared',
  drifted: (count: number) => counted(count, 'row', 'rows'),
  driftNote: 'at the last comparison',
  seen: 'Last heard',
  seenNote: (time: string) => `silent after ${time}`,
  running: (kind: string) => `${kind} running`,
  failed: 'It last failed',
  about: 'About',
  id: 'Id',
  description: 'Description',
  keeps: 'Keeps',
  registered: 'Registered',
  compared: 'Last compared',
  succeeded: 'Last success',
  times: 'Usual times',
  half: 'half within',
  most: '95 % within',
  noTimes: 'Nothing has succeeded yet.',
});

const EVERY_MS = 5000;

export function SyncClientPage() {
  const { client: id = '' } = useParams({ strict: false });
  const read = useRead(['sync', id], (api, signal) => api.GET('/v1/sync/clients/{sync_client}', { params: { path: { sync_client: id } }, signal }), {
    refetchInterval: EVERY_MS,
  });
  return (
    <PageOf query={read} title={texts.title}>
      {(client) => <Shown client={client} />}
    </PageOf>
  );
}

function Shown({ client }: { client: SyncClient }) {
  const { health } = client;
  return (
    <Page
      title={client.name}
      badge={
        <Badge dot tone={statusTone(health.status)}>
          {statusWord(health.status)}
        </Badge>
      }
      note={statusMeaning(health.status)}
      actions={<Actions client={client} />}
    >
      {health.progress ? (
        <Card title={texts.running(kindName(health.progress.kind))} note={progressText(health.progress)}>
          {health.progress.total ? (
            <Meter value={health.progress.objects / health.progress.total} label={progressText(health.progress)} />
          ) : null}
        </Card>
      ) : null}
      {health.last_error && health.status === 'failing' ? (
        <Note tone="bad">
          <strong>{texts.failed}</strong> (<Time at={health.last_failed_at} />): {health.last_error}
        </Note>
      ) : null}
      <HealthFigures client={client} />
      <Reports client={client} />
      <div className="grid" style={{ '--least': '24rem' } as never}>
        <Card title={texts.about}>
          <Facts
            facts={[
              [texts.id, <Id key="id" id={client.id} />],
              [texts.description, client.description ?? undefined],
              [texts.keeps, client.types.map(typeName).join(', ')],
              [texts.registered, <Time key="registered" at={client.created_at} />],
              [texts.succeeded, <Time key="succeeded" at={health.last_succeeded_at} />],
              [texts.compared, <Time key="compared" at={health.compared_at} />],
            ]}
          />
        </Card>
        <UsualTimes client={client} />
      </div>
      <Activity targetId={client.id} />
    </Page>
  );
}

function HealthFigures({ client: { health, silent_after_seconds: silent } }: { client: SyncClient }) {
  const { lag } = health;
  return (
    <div className="grid" style={{ '--least': '10rem' } as never}>
      <Figure
        label={texts.lag}
        value={lag ? texts.events(lag.events) : '–'}
        note={lag ? (lag.events > 0 ? texts.lagNote(duration(lag.seconds)) : texts.lagNone) : texts.lagUnknown}
      />
      <Figure
        label={texts.rate}
        value={health.success_rate_24h === null ? '–' : percent(health.success_rate_24h)}
        note={texts.rateNote(number(health.succeeded_24h), number(health.failed_24h))}
      />
      <Figure
        label={texts.drift}
        value={health.differences === null ? '–' : texts.drifted(health.differences)}
        note={health.differences === null ? texts.driftNone : texts.driftNote}
      />
      <Figure label={texts.seen} value={<Time at={health.last_seen_at} />} note={texts.seenNote(duration(silent))} />
    </div>
  );
}

function UsualTimes({ client: { health } }: { client: SyncClient }) {
  const kinds = Object.entries(health.durations);
  return (
    <Card title={texts.times}>
      {kinds.length === 0 ? (
        <p className="dim">{texts.noTimes}</p>
      ) : (
        <Facts
          facts={kinds.map(([kind, time]) => [
            kindName(kind as 'changes'),
            <span key={kind} className="numeric">
              <span className="dim">{texts.half}</span> {millis(time.p50)} · <span className="dim">{texts.most}</span> {millis(time.p95)}
            </span>,
          ])}
        />
      )}
    </Card>
  );
}

function Actions({ client }: { client: SyncClient }) {
  const { can, project } = useProject();
  const navigate = useNavigate();
  const [open, setOpen] = useState<'edit' | 'remove' | undefined>();
  const remove = useAction({
    run: (api) => api.DELETE('/v1/sync/clients/{sync_client}', { params: { path: { sync_client: client.id } }, headers: ifMatch(client.version) }),
    refresh: ['sync'],
    ends: client.id,
    failure: 'caller',
    said: () => texts.removed(client.name),
    done: () => void navigate({ to: projectPaths(project.slug).sync() }),
  });
  const may = { edit: can('sync:update'), remove: can('sync:delete') };
  if (!may.edit && !may.remove) return null;
  return (
    <>
      <Menu
        trigger={
          <Button square aria-label={texts.actions}>
            <Ellipsis aria-hidden />
          </Button>
        }
        groups={[
          may.edit ? [{ text: texts.edit, icon: <Pencil aria-hidden />, run: () => setOpen('edit') }] : [],
          may.remove ? [{ text: texts.remove, icon: <Trash2 aria-hidden />, tone: 'danger', run: () => setOpen('remove') }] : [],
        ]}
      />
      <SyncClientForm open={open === 'edit'} onClose={() => setOpen(undefined)} client={client} />
      <Ask
        open={open === 'remove'}
        onClose={() => setOpen(undefined)}
        title={texts.ask(client.name)}
        yes={texts.askYes}
        run={() => remove.mutate(undefined as never)}
        busy={remove.isPending}
        error={remove.error}
      >
        {texts.askHint(client.health.succeeded_24h + client.health.failed_24h)}
      </Ask>
    </>
  );
}

