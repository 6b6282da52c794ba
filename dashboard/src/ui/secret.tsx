/** What is shown once, and how to use it. */

import { type ReactNode, useState } from 'react';
import { messages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { Tabs } from './choices.tsx';
import { Dialog } from './dialog.tsx';
import { Code, CopyButton, Secret } from './display.tsx';
import { Note } from './states.tsx';

const texts = messages('secret', {
  stored: 'I have stored it',
  once: 'It is shown only now. Nobody can show it again: whoever loses it rotates it.',
  snippet: 'snippet',
  languages: 'Language',
});

export interface Snippet {
  name: string;
  text: string;
}

/** The same in several languages, with a button to copy it. */
export function Snippets({ snippets }: { snippets: readonly Snippet[] }) {
  const [name, setName] = useState(snippets[0]?.name ?? '');
  const shown = snippets.find((snippet) => snippet.name === name) ?? snippets[0];
  if (!shown) return null;
  return (
    <div className="snippets">
      <div className="row" data-apart>
        <Tabs label={texts.languages} value={shown.name} choices={snippets.map((snippet) => ({ value: snippet.name, text: snippet.name }))} onChange={setName} />
        <CopyButton text={shown.text} what={texts.snippet} />
      </div>
      <Code text={shown.text} label={shown.name} />
    </div>
  );
}

/** A secret, this once. Only the word that it is stored closes it. */
export function SecretDialog({
  open,
  onClose,
  title,
  secret,
  what,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  secret: string;
  what: string;
  children?: ReactNode;
}) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={title}
      firm
      width="40rem"
      foot={
        <Button tone="primary" onClick={onClose}>
          {texts.stored}
        </Button>
      }
    >
      <div className="dialog-body">
        <Secret text={secret} what={what} />
        <Note tone="warn">{texts.once}</Note>
        {children}
      </div>
    </Dialog>
  );
}
