/** One delivery at the side: each attempt, what was sent, what came back. */

import { FileCheck, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useAction } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { duration, precise } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/dialog.tsx';
import { Badge, Code, CopyButton, Id, Time } from '../../ui/display.tsx';
import { Facts } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { type Endpoint, type FullDelivery, deliveryState } from './model.ts';
import type { Evidence } from './signature.tsx';
import { curlOf } from './snippets.ts';
import { useDelivery } from './watch.tsx';

type Attempt = FullDelivery['attempt_log'][number];

const texts = messages('webhooks.delivery', {
  title: 'Delivery',
  facts: { event: 'Event', id: 'Delivery', made: 'Made', ended: 'Ended', how: 'How', replay: 'Sent again on request' },
  attempts: 'Attempts',
  attempt: (index: number) => `Attempt ${index}`,
  none: 'Not tried yet.',
  answered: (status: number, time: string) => `${status} in ${time}`,
  broke: (time: string) => `no answer after ${time}`,
  next: (index: number) => `Attempt ${index} is due`,
  request: 'Request',
  response: 'Answer',
  headers: 'Headers',
  requestBody: 'Body of the request',
  responseBody: 'Body of the answer',
  gone: 'The body is no longer kept.',
  empty: 'No body.',
  noAnswer: 'No answer came.',
  curl: 'Copy as curl',
  again: 'Send again',
  sent: 'It is sent again. The new delivery is at the top of the list.',
  signature: 'Check its signature',
});

export function DeliveryPanel({
  id,
  endpoint,
  onClose,
  check,
}: {
  id: string;
  endpoint: Endpoint;
  onClose: () => void;
  check: (evidence: Evidence) => void;
}) {
  const query = useDelivery(id);
  const delivery = query.data;
  return (
    <Panel
      open={id !== ''}
      onClose={onClose}
      title={delivery?.event_type ?? texts.title}
      foot={delivery ? <Foot delivery={delivery} endpoint={endpoint} check={check} /> : null}
    >
      <Loaded query={query} lines={8}>
        {(data) => <Shown key={data.id} delivery={data} />}
      </Loaded>
    </Panel>
  );
}

function Foot({ delivery, endpoint, check }: { delivery: FullDelivery; endpoint: Endpoint; check: (evidence: Evidence) => void }) {
  const { can } = useProject();
  const again = useAction({
    run: (api) =>
      api.POST('/v1/webhook-endpoints/{webhook_endpoint}/replay', {
        params: { path: { webhook_endpoint: endpoint.id } },
        body: { delivery_ids: [delivery.id] },
        headers: { 'Idempotency-Key': crypto.randomUUID() },
      }),
    refresh: ['webhooks', 'audit'],
    said: () => texts.sent,
  });
  const last = delivery.attempt_log.at(-1);
  const body = delivery.request_body;
  return (
    <>
      {last && body !== null ? (
        <>
          <CopyButton text={curlOf(endpoint.url, last.request_headers, body)} what="curl" label={texts.curl} size="md" />
          <Button icon={<FileCheck aria-hidden />} onClick={() => check({ headers: last.request_headers, body })}>
            {texts.signature}
          </Button>
        </>
      ) : null}
      {can('webhook:send') ? (
        <Button
          tone="primary"
          icon={<RotateCw aria-hidden />}
          busy={again.isPending}
          disabled={delivery.status === 'pending' || endpoint.status !== 'enabled'}
          onClick={() => again.mutate(undefined)}
        >
          {texts.again}
        </Button>
      ) : null}
    </>
  );
}

function Shown({ delivery }: { delivery: FullDelivery }) {
  const [picked, setPicked] = useState<number>();
  const attempt = delivery.attempt_log.find((one) => one.number === picked) ?? delivery.attempt_log.at(-1);
  const { tone, text } = deliveryState(delivery);
  const { facts } = texts;
  return (
    <>
      <div className="row">
        <Badge tone={tone} dot>
          {text}
        </Badge>
      </div>
      <Facts
        facts={[
          [facts.event, <Id key="event" id={delivery.event_id} what="event id" />],
          [facts.id, <Id key="id" id={delivery.id} />],
          [facts.made, <Time key="made" at={delivery.created_at} exact />],
          [facts.ended, delivery.completed_at ? <Time at={delivery.completed_at} exact /> : undefined],
          [facts.how, delivery.replay ? facts.replay : undefined],
        ]}
      />
      <h3>{texts.attempts}</h3>
      <Timeline delivery={delivery} picked={attempt?.number} pick={setPicked} />
      {attempt ? <Exchange attempt={attempt} body={delivery.request_body} /> : <Body title={texts.requestBody} text={delivery.request_body} />}
    </>
  );
}

function Timeline({ delivery, picked, pick }: { delivery: FullDelivery; picked: number | undefined; pick: (number: number) => void }) {
  const { attempt_log: log, next_attempt_at: next } = delivery;
  if (log.length === 0 && !next) return <p className="dim">{texts.none}</p>;
  return (
    <ol className="webhooks-timeline">
      {log.map((attempt) => (
        <li key={attempt.number} data-good={attempt.error === null || undefined}>
          <div className="webhooks-headline">
            <button type="button" aria-pressed={attempt.number === picked} onClick={() => pick(attempt.number)}>
              {texts.attempt(attempt.number)}
            </button>
            <span className="small dim numeric" title={precise(attempt.started_at)}>
              <Time at={attempt.started_at} exact />
            </span>
          </div>
          <div className="small wrap">
            <span className={attempt.error === null ? 'good-text' : 'bad-text'}>{resultOf(attempt)}</span>
            {attempt.error ? ` · ${attempt.error}` : null}
          </div>
        </li>
      ))}
      {next ? (
        <li data-next>
          <div className="webhooks-headline">
            <span className="dim">{texts.next(log.length + 1)}</span>
            <span className="small dim">
              <Time at={next} />
            </span>
          </div>
        </li>
      ) : null}
    </ol>
  );
}

function resultOf({ status_code: status, duration_ms }: Attempt): string {
  const time = duration(duration_ms / 1000);
  return status === null ? texts.broke(time) : texts.answered(status, time);
}

function Exchange({ attempt, body }: { attempt: Attempt; body: string | null }) {
  return (
    <>
      <h3>
        {texts.attempt(attempt.number)}: {texts.request}
      </h3>
      <Headers headers={attempt.request_headers} />
      <Body title={texts.requestBody} text={body ?? undefined} none={texts.gone} />
      <h3>
        {texts.attempt(attempt.number)}: {texts.response}
      </h3>
      {attempt.response_headers ? (
        <>
          <Headers headers={attempt.response_headers} />
          <Body title={texts.responseBody} text={attempt.response_body ?? undefined} none={texts.empty} />
        </>
      ) : (
        <p className="dim">{texts.noAnswer}</p>
      )}
    </>
  );
}

const writeHeaders = (headers: Record<string, string>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

function Headers({ headers }: { headers: Record<string, string> }) {
  return (
    <details className="disclosure">
      <summary>{`${texts.headers} (${Object.keys(headers).length})`}</summary>
      <Code text={writeHeaders(headers)} label={texts.headers} />
    </details>
  );
}

/** JSON as people read it; what is none, as it is. Copied as it came. */
function Body({ title, text, none = texts.gone }: { title: string; text: string | null | undefined; none?: string }) {
  if (!text) return <p className="dim">{none}</p>;
  return (
    <div className="webhooks-body">
      <Code text={pretty(text)} label={title} />
      <CopyButton text={text} what={title} />
    </div>
  );
}

export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
