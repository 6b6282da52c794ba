/** Saved sets of filters, as pills. Each is a link: it can be opened elsewhere, and the back button leaves it. */

import { BookmarkPlus, EllipsisVertical, Pencil, Trash2 } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { useSession } from '../../api/session.ts';
import { projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Ask, Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/fields.tsx';
import { Form, useForm } from '../../ui/form.tsx';
import { AppLink } from '../../ui/link.tsx';
import { Menu } from '../../ui/menu.tsx';
import { BUILT_IN, type Query, type View, compact, read, removed, renamed, same, saved, storeName } from './views.ts';

const texts = messages('tenants-views-bar', {
  label: 'Views',
  save: 'Save view',
  saveTitle: 'Save these filters as a view',
  saveHint: 'For you, in this browser and project.',
  name: 'Name',
  needsName: 'A view needs a name.',
  rename: 'Rename',
  renameTitle: 'Rename the view',
  remove: 'Delete view',
  removeTitle: (name: string) => `Delete the view ${name}?`,
  removeText: 'The tenants it shows stay as they are.',
  more: (name: string) => `More about the view ${name}`,
});

const listeners = new Set<() => void>();

/** The operator's views of the project, the same in all tabs of the browser. */
function useViews(): [views: View[], store: (change: (views: View[]) => View[]) => void] {
  const name = storeName(useSession().operator.id, useProject().project.id);
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      globalThis.addEventListener('storage', listener);
      return () => {
        listeners.delete(listener);
        globalThis.removeEventListener('storage', listener);
      };
    },
    () => localStorage.getItem(name),
  );
  const store = (change: (views: View[]) => View[]) => {
    localStorage.setItem(name, JSON.stringify(change(read(localStorage.getItem(name)))));
    listeners.forEach((listener) => listener());
  };
  return [read(text), store];
}

type Asked = { to: 'save' } | { to: 'rename' | 'remove'; view: View };

export function ViewsBar({ query }: { query: Query }) {
  const to = projectPaths(useProject().project.slug);
  const [views, store] = useViews();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const known = [...BUILT_IN, ...views].some((view) => same(view.query, query));
  return (
    <nav className="pills" aria-label={texts.label}>
      {[...BUILT_IN, ...views].map((view) => (
        <span key={view.id} className="pill" data-current={same(view.query, query) || undefined}>
          <AppLink href={to.tenants(compact(view.query))} aria-current={same(view.query, query) ? 'page' : undefined}>
            {view.name}
          </AppLink>
          {views.includes(view) ? (
            <Menu
              trigger={
                <Button tone="quiet" size="sm" square aria-label={texts.more(view.name)}>
                  <EllipsisVertical aria-hidden />
                </Button>
              }
              groups={[
                [{ text: texts.rename, icon: <Pencil aria-hidden />, run: () => setAsked({ to: 'rename', view }) }],
                [{ text: texts.remove, icon: <Trash2 aria-hidden />, tone: 'danger', run: () => setAsked({ to: 'remove', view }) }],
              ]}
            />
          ) : null}
        </span>
      ))}
      {known ? null : (
        <Button size="sm" tone="quiet" icon={<BookmarkPlus aria-hidden />} onClick={() => setAsked({ to: 'save' })}>
          {texts.save}
        </Button>
      )}
      {asked?.to === 'save' ? (
        <NameDialog
          title={texts.saveTitle}
          name=""
          onClose={close}
          done={(name) => store((now) => saved(now, { id: crypto.randomUUID(), name, query: compact(query) }))}
        />
      ) : null}
      {asked?.to === 'rename' ? (
        <NameDialog title={texts.renameTitle} name={asked.view.name} onClose={close} done={(name) => store((now) => renamed(now, asked.view.id, name))} />
      ) : null}
      <Ask
        open={asked?.to === 'remove'}
        onClose={close}
        title={asked?.to === 'remove' ? texts.removeTitle(asked.view.name) : ''}
        yes={texts.remove}
        run={() => {
          if (asked?.to === 'remove') store((now) => removed(now, asked.view.id));
          close();
        }}
      >
        {texts.removeText}
      </Ask>
    </nav>
  );
}

function NameDialog({ title, name, done, onClose }: { title: string; name: string; done: (name: string) => void; onClose: () => void }) {
  const form = useForm({
    initial: { name },
    check: (values) => ({ '/name': values.name.trim() === '' ? texts.needsName : undefined }),
    send: async (values) => {
      done(values.name.trim());
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title={title} width="24rem">
      <Form form={form} inDialog onCancel={onClose}>
        <TextField
          label={texts.name}
          pointer="/name"
          hint={texts.saveHint}
          autoFocus
          maxLength={40}
          value={form.values.name}
          onChange={(value) => form.set('name', value)}
        />
      </Form>
    </Dialog>
  );
}
