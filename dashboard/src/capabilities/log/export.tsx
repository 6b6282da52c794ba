/** The log as a file. It is made while it is sent: how large it gets is not known before its end. */

import { ok } from '@carcosa/client';
import { useEffect, useRef, useState } from 'react';
import { type Scope, useProject } from '../../api/scope.tsx';
import { bytes } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Select } from '../../ui/menu.tsx';
import { problemText } from '../../ui/problem.ts';
import { Note } from '../../ui/states.tsx';
import type { LogQuery } from './source.ts';

const texts = messages('log-export', {
  title: 'Export the log',
  all: 'All entries, oldest first.',
  filtered: 'The entries that fit the filters of the page, oldest first.',
  recorded: 'The export itself is recorded in the log, with your name and its filters.',
  format: 'Format',
  csv: 'CSV, for spreadsheets',
  ndjson: 'NDJSON, one entry per line',
  start: 'Export',
  cancel: 'Cancel',
  close: 'Close',
  stop: 'Stop',
  got: (size: string) => `${size} received`,
  saved: (size: string) => `Saved: ${size}.`,
  stopped: 'Stopped. Nothing was saved.',
  broken: (size: string, why: string) => `It broke off after ${size}. Nothing was saved, because the file would not be whole. ${why}`,
});

type Format = 'csv' | 'ndjson';
type State = { is: 'idle' } | { is: 'running'; size: number } | { is: 'saved'; size: number } | { is: 'stopped' } | { is: 'broken'; size: number; error: unknown };

/** One export at a time, and how far it has come. */
function useExport(query: LogQuery) {
  const { api, project } = useProject();
  const [state, setState] = useState<State>({ is: 'idle' });
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const stop = () => abort.current?.abort();
  const start = async (format: Format) => {
    const control = new AbortController();
    abort.current = control;
    let size = 0;
    setState({ is: 'running', size });
    try {
      const parts = await receive(api, { ...query, format }, control.signal, (by) => {
        size += by;
        setState({ is: 'running', size });
      });
      save(parts, format, `${project.slug}-log-${new Date().toISOString().slice(0, 10)}.${format}`);
      setState({ is: 'saved', size });
    } catch (error) {
      setState(control.signal.aborted ? { is: 'stopped' } : { is: 'broken', size, error });
    }
  };
  return { state, start, stop, reset: () => setState({ is: 'idle' }) };
}

export function ExportDialog({ open, onClose, query }: { open: boolean; onClose: () => void; query: LogQuery }) {
  const [format, setFormat] = useState<Format>('csv');
  const { state, start, stop, reset } = useExport(query);
  const running = state.is === 'running';
  const close = () => {
    stop();
    reset();
    onClose();
  };
  const buttons = (
    <>
      <Button onClick={close}>{state.is === 'saved' ? texts.close : texts.cancel}</Button>
      {state.is === 'saved' ? null : (
        <Button tone="primary" onClick={() => void start(format)}>
          {texts.start}
        </Button>
      )}
    </>
  );
  return (
    <Dialog
      open={open}
      onClose={close}
      firm={running}
      title={texts.title}
      note={Object.keys(query).length > 0 ? texts.filtered : texts.all}
      width="30rem"
      foot={running ? <Button onClick={stop}>{texts.stop}</Button> : buttons}
    >
      <div className="dialog-body stack">
        <Select
          label={texts.format}
          value={format}
          disabled={running}
          choices={[
            { value: 'csv', text: texts.csv },
            { value: 'ndjson', text: texts.ndjson },
          ]}
          onChange={setFormat}
        />
        <Progress state={state} />
      </div>
    </Dialog>
  );
}

function Progress({ state }: { state: State }) {
  switch (state.is) {
    case 'idle':
      return <Note>{texts.recorded}</Note>;
    case 'running':
      return (
        <p className="row" role="status">
          <span className="spinner" aria-hidden />
          <span className="numeric">{texts.got(bytes(state.size))}</span>
        </p>
      );
    case 'saved':
      return <Note tone="good">{texts.saved(bytes(state.size))}</Note>;
    case 'stopped':
      return <Note tone="warn">{texts.stopped}</Note>;
    case 'broken':
      return <Note tone="bad">{texts.broken(bytes(state.size), problemText(state.error))}</Note>;
  }
}

/** The whole answer in pieces, as they come. */
async function receive(api: Scope['api'], query: LogQuery & { format: Format }, signal: AbortSignal, grew: (by: number) => void): Promise<BlobPart[]> {
  const body = (await ok(api.GET('/v1/audit/export', { params: { query }, parseAs: 'stream', signal }))) as ReadableStream<Uint8Array<ArrayBuffer>> | null;
  const parts: BlobPart[] = [];
  const reader = body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    grew(value.byteLength);
  }
  return parts;
}

function save(parts: BlobPart[], format: Format, name: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type: format === 'csv' ? 'text/csv' : 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after the press.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
