/** Windows over the page. Focus goes in, stays in, and comes back to where it was. */

import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type CSSProperties, type ReactNode, useId, useState } from 'react';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { useModal } from './modal.ts';
import { problemText } from './problem.ts';
import { Note } from './states.tsx';

const texts = messages('dialog', {
  close: 'Close',
  cancel: 'Cancel',
  discard: 'Discard what you entered?',
  discardHint: 'It has not been saved.',
  discardYes: 'Discard',
  discardNo: 'Keep editing',
  type: (word: string) => `Type ${word} to confirm`,
});

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  note?: ReactNode;
  children: ReactNode;
  /** Buttons at the end; the form of the dialog brings its own. */
  foot?: ReactNode;
  /** There is something that closing would lose: it asks first. */
  dirty?: boolean;
  /** Closes by its own buttons alone, not by Escape or a press beside it. */
  firm?: boolean;
  width?: string;
}

export function Dialog({ open, onClose, title, note, children, foot, dirty, firm, width }: DialogProps) {
  const [asking, setAsking] = useState(false);
  useModal(open);
  const close = () => (dirty ? setAsking(true) : onClose());
  return (
    <Base.Root
      open={open}
      onOpenChange={(next, details) => {
        if (next || (firm && (details.reason === 'escape-key' || details.reason === 'outside-press'))) return;
        close();
      }}
    >
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Viewport className="dialog-viewport">
          <Base.Popup className="dialog" style={width ? ({ '--dialog-width': width } as CSSProperties) : undefined}>
            <div className="dialog-head">
              <div className="grow">
                <Base.Title>{title}</Base.Title>
                {note ? <Base.Description className="dim">{note}</Base.Description> : null}
              </div>
              {firm ? null : (
                <Base.Close render={<Button tone="quiet" square aria-label={texts.close} />}>
                  <X aria-hidden />
                </Base.Close>
              )}
            </div>
            {children}
            {foot ? <div className="dialog-foot">{foot}</div> : null}
          </Base.Popup>
        </Base.Viewport>
      </Base.Portal>
      <Ask
        open={asking}
        onClose={() => setAsking(false)}
        title={texts.discard}
        yes={texts.discardYes}
        no={texts.discardNo}
        run={() => {
          setAsking(false);
          onClose();
        }}
      >
        {texts.discardHint}
      </Ask>
    </Base.Root>
  );
}

/** A sheet at the side, for one thing out of a list that stays visible. */
export function Panel({ open, onClose, title, children, foot }: Omit<DialogProps, 'dirty' | 'firm' | 'width' | 'note'>) {
  useModal(open);
  return (
    <Base.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className="panel">
          <div className="dialog-head">
            <Base.Title className="wrap">{title}</Base.Title>
            <Base.Close render={<Button tone="quiet" square aria-label={texts.close} />}>
              <X aria-hidden />
            </Base.Close>
          </div>
          <div className="dialog-body grow">{children}</div>
          {foot ? <div className="dialog-foot">{foot}</div> : null}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

export interface AskProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, spelled out. */
  children?: ReactNode;
  /** What the button does: a verb and its object. */
  yes: string;
  no?: string;
  run: () => void;
  busy?: boolean;
  error?: unknown;
  /** A word to type first, for what cannot be undone. */
  word?: string | undefined;
  harmless?: boolean;
}

/** Asks before something destructive. Nothing but its buttons answers. */
export function Ask({ open, onClose, title, children, yes, no, run, busy, error, word, harmless }: AskProps) {
  const [typed, setTyped] = useState('');
  const field = useId();
  useModal(open);
  const close = () => {
    setTyped('');
    onClose();
  };
  const ready = word === undefined || typed.trim() === word;
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => (next ? undefined : close())}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Viewport className="dialog-viewport">
          <AlertDialog.Popup className="dialog" style={{ '--dialog-width': '30rem' } as CSSProperties}>
            <form
              onSubmit={(event) => {
                event.preventDefault();
                event.stopPropagation();
                if (ready && !busy) run();
              }}
            >
              <div className="dialog-head">
                <AlertDialog.Title>{title}</AlertDialog.Title>
              </div>
              <div className="dialog-body">
                <AlertDialog.Description render={<div />} className="stack">
                  {children}
                </AlertDialog.Description>
                {word === undefined ? null : (
                  <div className="field">
                    <label className="field-label" htmlFor={field}>
                      {texts.type(word)}
                    </label>
                    <input
                      id={field}
                      className="input"
                      autoComplete="off"
                      spellCheck={false}
                      value={typed}
                      onChange={(event) => setTyped(event.target.value)}
                    />
                  </div>
                )}
                {error ? <Note tone="bad">{problemText(error)}</Note> : null}
              </div>
              <div className="dialog-foot">
                <Button onClick={close}>{no ?? texts.cancel}</Button>
                <Button tone={harmless ? 'primary' : 'destroy'} type="submit" disabled={!ready} busy={busy ?? false}>
                  {yes}
                </Button>
              </div>
            </form>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
