/** `⌘K`: every page, every object, everything that can be done. Objects are found by the server, by name or by id. */

import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Project } from '../api/scope.tsx';
import { messages } from '../i18n/messages.ts';
import { useModal } from '../ui/modal.ts';
import type { NavGroup } from './frame.tsx';
import { type Command, type CommandGroup, useCommands, useFoundObjects } from './commands.tsx';
import { closeOverlay } from './shortcuts.tsx';

const texts = messages('palette', {
  title: 'Search and commands',
  placeholder: 'A name, an id, or what you want to do',
  nothing: 'Nothing found',
  searching: 'Searching…',
});

export function Palette({ groups, project }: { groups: NavGroup[]; project: Project | undefined }) {
  useModal(true);
  return (
    <Dialog.Root open onOpenChange={(next) => (next ? undefined : closeOverlay())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Viewport className="dialog-viewport">
          <Dialog.Popup className="dialog palette" aria-label={texts.title}>
            <Inside groups={groups} project={project} />
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Inside({ groups, project }: { groups: NavGroup[]; project: Project | undefined }) {
  const [text, setText] = useState('');
  const navigate = useNavigate();
  const commands = useCommands(groups, project);
  const objects = useFoundObjects(project, text);
  const shown = [...objects.groups, ...matching(commands, text)];
  const run = (command: Command) => {
    closeOverlay();
    if (command.href) void navigate({ href: command.href });
    else command.run?.();
  };
  return (
    <Autocomplete.Root<CommandGroup>
      open
      inline
      items={shown}
      filter={null}
      value={text}
      onValueChange={(next, details) => {
        // Choosing a row must not write its name into the field.
        if (details.reason === 'input-change') setText(next);
      }}
      autoHighlight="always"
      keepHighlight
    >
      <Autocomplete.Input className="palette-input" placeholder={texts.placeholder} aria-label={texts.title} maxLength={200} />
      <div className="palette-list">
        <Autocomplete.Empty>
          <div className="palette-hint">{objects.searching ? texts.searching : texts.nothing}</div>
        </Autocomplete.Empty>
        <Autocomplete.List>
          {(group: CommandGroup) => (
            <Autocomplete.Group key={group.value} items={group.items}>
              <Autocomplete.GroupLabel className="option-group">{group.value}</Autocomplete.GroupLabel>
              <Autocomplete.Collection>
                {(command: Command) => (
                  <Autocomplete.Item key={command.value} value={command} className="option" onClick={() => run(command)}>
                    {command.icon}
                    <span className="clip">{command.label}</span>
                    {command.note ? <span className="option-note clip">{command.note}</span> : null}
                  </Autocomplete.Item>
                )}
              </Autocomplete.Collection>
            </Autocomplete.Group>
          )}
        </Autocomplete.List>
      </div>
    </Autocomplete.Root>
  );
}

/** The commands whose words begin with those of the text. */
export function matching(groups: readonly CommandGroup[], text: string): CommandGroup[] {
  const wanted = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const fits = (command: Command) => {
    const words = command.label.toLocaleLowerCase().split(/\s+/);
    return wanted.every((one) => words.some((word) => word.startsWith(one)));
  };
  return groups
    .map((group) => ({ ...group, items: group.items.filter(fits) }))
    .filter((group) => group.items.length > 0);
}
