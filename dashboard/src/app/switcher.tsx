import { ChevronsUpDown, FolderKanban, Plus } from 'lucide-react';
import type { Project } from '../api/scope.tsx';
import { useSession } from '../api/session.ts';
import { messages } from '../i18n/messages.ts';
import { Badge } from '../ui/display.tsx';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { Mark } from './mark.tsx';
import { paths, projectPaths } from './paths.ts';
import { useProjects } from './projects.ts';

const texts = messages('switcher', {
  label: 'Project:',
  change: '. Change project',
  installation: 'Installation',
  test: 'test',
  all: 'All projects',
  create: 'New project',
});

/** More would be a list, not a menu. */
const SHOWN = 12;

export function Switcher({ project }: { project: Project | undefined }) {
  const projects = useProjects();
  const { installation_permissions: held } = useSession();
  const items: MenuItem[] = (projects.data ?? []).slice(0, SHOWN).map((one) => ({
    text: one.name,
    href: projectPaths(one.slug).overview(),
    ...(one.environment === 'test' ? { note: texts.test } : {}),
  }));
  const more: MenuItem[] = [{ text: texts.all, href: paths.projects(), icon: <FolderKanban aria-hidden /> }];
  if (held.includes('project:create')) more.push({ text: texts.create, href: `${paths.projects()}?new=1`, icon: <Plus aria-hidden /> });
  const name = project?.name ?? texts.installation;
  return (
    <Menu
      trigger={
        <button type="button" className="switcher">
          <Mark />
          {/* Not a label of its own: what is seen has to be part of what is said. */}
          <span className="hidden-visually">{texts.label} </span>
          <span className="clip strong">{name}</span>
          {project?.environment === 'test' ? <Badge tone="warn">{texts.test}</Badge> : null}
          <span className="hidden-visually">{texts.change}</span>
          <ChevronsUpDown aria-hidden />
        </button>
      }
      groups={[items, more]}
    />
  );
}
