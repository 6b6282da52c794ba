/** The start, and the list of projects. */

import { Navigate } from '@tanstack/react-router';
import { FolderKanban, Plus } from 'lucide-react';
import { useScope } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { findProject, lastProject, useProjects } from '../../app/projects.ts';
import { type SetSearch, useSearch } from '../../app/search.ts';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { SearchField } from '../../ui/fields.tsx';
import { Select } from '../../ui/menu.tsx';
import { Page } from '../../ui/page.tsx';
import { Empty, Loaded, NoMatch, Skeleton } from '../../ui/states.tsx';
import { ProjectCard } from './card.tsx';
import { CreateProject } from './create.tsx';

const texts = messages('projects', {
  title: 'Projects',
  note: 'Each project is one application, with customers, keys and settings of its own. Nothing of one is seen in another.',
  create: 'New project',
  first: 'Create your first project',
  search: 'Search by name or short name',
  find: 'Name or short name',
  environment: 'Environment',
  environments: { '': 'Any', live: 'Live', test: 'Test' },
  none: 'No project yet',
  noneText:
    'A project is an application that you build. Its tenants, users, keys and log belong to it alone. Many begin with two: a live one, and one to try things out.',
  noRole: 'You have no role in a project yet',
  noRoleText: 'A super admin can give you one, on the page of operators.',
  nothing: 'No project fits',
  nothingText: 'Search for something else, or clear the filters.',
});

/** From so many on, looking takes longer than typing. */
const MANY = 4;

/** Where one goes on working: the project that was open last, or the only one. Else the choice. */
export function Home() {
  const projects = useProjects();
  if (!projects.data && !projects.isError) {
    return (
      <Page title={texts.title}>
        <Skeleton lines={4} />
      </Page>
    );
  }
  const found = projects.data ?? [];
  const to = findProject(found, lastProject() ?? '') ?? (found.length === 1 ? found[0] : undefined);
  return to ? <Navigate to={projectPaths(to.slug).overview()} replace /> : <Projects />;
}

const nothing = { q: '', environment: '' };

export function Projects() {
  const { can } = useScope();
  const projects = useProjects();
  const [search, set] = useSearch({ ...nothing, new: '' });
  const mayCreate = can('project:create');
  const create = (text: string, data = false) => (
    <Button tone="primary" data-create={data || undefined} icon={<Plus aria-hidden />} onClick={() => set({ new: '1' })}>
      {text}
    </Button>
  );
  const some = (projects.data?.length ?? 0) > 0;
  return (
    <Page title={texts.title} note={texts.note} actions={mayCreate && some ? create(texts.create, true) : undefined}>
      <Loaded query={projects}>
        {(all) =>
          all.length === 0 ? (
            <div className="card">
              <Empty
                icon={<FolderKanban aria-hidden />}
                title={mayCreate ? texts.none : texts.noRole}
                action={mayCreate ? create(texts.first, true) : undefined}
              >
                {mayCreate ? texts.noneText : texts.noRoleText}
              </Empty>
            </div>
          ) : (
            <>
              {all.length >= MANY ? <Filters search={search} set={set} /> : null}
              <Cards projects={all} search={search} clear={() => set(nothing)} />
            </>
          )
        }
      </Loaded>
      {search.new === '1' && mayCreate ? <CreateProject close={() => set({ new: '' }, { replace: true })} /> : null}
    </Page>
  );
}

type Search = Record<keyof typeof nothing, string>;

function Filters({ search, set }: { search: Search; set: SetSearch<keyof Search> }) {
  return (
    <div className="row">
      <SearchField label={texts.search} placeholder={texts.find} value={search.q} onChange={(q) => set({ q }, { replace: true })} />
      <Select
        compact
        label={texts.environment}
        value={search.environment as keyof typeof texts.environments}
        choices={(['', 'live', 'test'] as const).map((value) => ({ value, text: texts.environments[value] }))}
        onChange={(environment) => set({ environment })}
      />
    </div>
  );
}

function Cards({
  projects,
  search,
  clear,
}: {
  projects: NonNullable<ReturnType<typeof useProjects>['data']>;
  search: Search;
  clear: () => void;
}) {
  const words = search.q.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const shown = projects.filter(
    (one) =>
      words.every((word) => `${one.name} ${one.slug}`.toLocaleLowerCase().includes(word)) &&
      (search.environment === '' || one.environment === search.environment),
  );
  if (shown.length === 0) {
    return (
      <div className="card">
        <NoMatch title={texts.nothing} clear={clear}>
          {texts.nothingText}
        </NoMatch>
      </div>
    );
  }
  return (
    <ul className="project-cards" aria-label={texts.title}>
      {shown.map((project) => (
        <li key={project.id}>
          <ProjectCard project={project} />
        </li>
      ))}
    </ul>
  );
}
