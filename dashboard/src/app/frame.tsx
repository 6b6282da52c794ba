/** Sidebar, top bar and page. On narrow screens the sidebar is a drawer. */

import { Dialog } from '@base-ui/react/dialog';
import { useRouterState } from '@tanstack/react-router';
import { Menu as MenuIcon, Search, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Project } from '../api/scope.tsx';
import { messages } from '../i18n/messages.ts';
import { Button } from '../ui/button.tsx';
import { later } from '../ui/later.tsx';
import { AppLink } from '../ui/link.tsx';
import { useModal } from '../ui/modal.ts';
import { AccountMenu } from './account-menu.tsx';
import { Expired } from './expired.tsx';
import { LiveSign } from './live-sign.tsx';
import { Mark } from './mark.tsx';
import { rememberProject } from './projects.ts';
import { ShortcutHelp, openHelp, openPalette, useOverlay, useShortcuts } from './shortcuts.tsx';
import { Switcher } from './switcher.tsx';

const texts = messages('frame', {
  skip: 'Skip to the page',
  menu: 'Menu',
  close: 'Close menu',
  main: 'Main',
  search: 'Search or jump to…',
  help: 'Keyboard shortcuts',
});

/** Not needed for the first view; fetched once that is there, so that it opens at once. */
const loadPalette = () => import('./palette.tsx').then((module) => module.Palette);
const Palette = later(loadPalette);

export interface NavItem {
  text: string;
  href: string;
  icon: ReactNode;
  /** Current only at this very address, not at those below. */
  exact?: boolean;
}
export interface NavGroup {
  title?: string;
  items: NavItem[];
}

export function Frame({ groups, project, children }: { groups: NavGroup[]; project?: Project; children: ReactNode }) {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [drawer, setDrawer] = useState(false);
  useShortcuts(groups.flatMap((group) => group.items));
  useEffect(() => {
    if (project) rememberProject(project.slug);
  }, [project]);
  const palette = useOverlay() === 'palette';
  useEffect(() => {
    const later = setTimeout(() => void loadPalette(), 1500);
    return () => clearTimeout(later);
  }, []);
  const [seen, setSeen] = useState(path);
  if (seen !== path) {
    setSeen(path);
    setDrawer(false);
  }
  const main = useFocusOnChange(path);
  const nav = <Nav groups={groups} path={path} />;
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {texts.skip}
      </a>
      <aside className="sidebar">
        <Switcher project={project} />
        {nav}
        <AccountMenu />
      </aside>
      <div className="shell-main">
        <Topbar project={project} drawer={drawer} openDrawer={() => setDrawer(true)} />
        <main id="main" ref={main} tabIndex={-1}>
          {children}
        </main>
      </div>
      <Drawer open={drawer} setOpen={setDrawer} project={project}>
        {nav}
      </Drawer>
      {palette ? <Palette groups={groups} project={project} /> : null}
      <ShortcutHelp groups={groups} />
      <Expired />
    </div>
  );
}

function Topbar({ project, drawer, openDrawer }: { project: Project | undefined; drawer: boolean; openDrawer: () => void }) {
  return (
    <header className="topbar">
      <span className="topbar-menu">
        <Button tone="quiet" square aria-label={texts.menu} aria-expanded={drawer} onClick={openDrawer}>
          <MenuIcon aria-hidden />
        </Button>
        <AppLink href="/" className="topbar-brand" aria-label="Carcosa">
          <Mark size={22} />
        </AppLink>
      </span>
      <button type="button" className="topbar-search" onClick={openPalette} aria-keyshortcuts="Control+K Meta+K">
        <Search aria-hidden />
        <span className="clip">{texts.search}</span>
        <kbd>{isApple() ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      {project ? <LiveSign /> : null}
      <span className="topbar-help">
        <Button tone="quiet" square aria-label={texts.help} onClick={openHelp}>
          <kbd>?</kbd>
        </Button>
      </span>
    </header>
  );
}

/** The navigation where there is no room beside the page. */
function Drawer({ open, setOpen, project, children }: { open: boolean; setOpen: (open: boolean) => void; project: Project | undefined; children: ReactNode }) {
  useModal(open);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="drawer" aria-label={texts.main}>
          <div className="row" data-apart>
            <span className="grow">
              <Switcher project={project} />
            </span>
            <Dialog.Close render={<Button tone="quiet" square aria-label={texts.close} />}>
              <X aria-hidden />
            </Dialog.Close>
          </div>
          {children}
          <AccountMenu />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Nav({ groups, path }: { groups: NavGroup[]; path: string }) {
  return (
    <nav className="nav" aria-label={texts.main}>
      {groups
        .filter((group) => group.items.length > 0)
        .map((group, index) => (
          <div key={group.title ?? index} className="nav-group">
            {group.title ? <div className="nav-title">{group.title}</div> : null}
            <ul>
              {group.items.map((item) => (
                <li key={item.href}>
                  <AppLink href={item.href} className="nav-item" aria-current={isCurrent(item, path) ? 'page' : undefined}>
                    {item.icon}
                    {item.text}
                  </AppLink>
                </li>
              ))}
            </ul>
          </div>
        ))}
    </nav>
  );
}

const isCurrent = ({ href, exact }: NavItem, path: string): boolean =>
  path.replace(/\/$/, '') === href || (!exact && path.startsWith(`${href}/`));

const isApple = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent);

/** A new page is where the keyboard goes on, and what a screen reader reads next; changed filters are not a new page. */
function useFocusOnChange(path: string) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    // A dialog or a field of the page may have taken the focus by itself.
    if (document.activeElement === document.body || document.activeElement === null) main.current?.focus({ preventScroll: true });
  }, [path]);
  return main;
}
