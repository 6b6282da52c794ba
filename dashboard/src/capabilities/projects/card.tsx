import type { Project } from '../../api/scope.tsx';
import { projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { Avatar, Time } from '../../ui/display.tsx';
import { AppLink } from '../../ui/link.tsx';
import { EnvironmentBadge } from './environment.tsx';
import './projects.css';

const texts = messages('project-card', {
  created: 'created',
  roles: {
    super_admin: 'You are super admin',
    support: 'You read everything, as support',
    owner: 'You are its owner',
    admin: 'You are its admin',
    developer: 'You are a developer',
    viewer: 'You read, as a viewer',
  } as Record<string, string>,
});

export function ProjectCard({ project }: { project: Project }) {
  return (
    <article className="card project-card">
      <div className="row" data-apart style={{ flexWrap: 'nowrap', alignItems: 'flex-start' }}>
        <Avatar square name={project.name} />
        <EnvironmentBadge environment={project.environment} />
      </div>
      <div>
        <h2>
          <AppLink href={projectPaths(project.slug).overview()}>{project.name}</AppLink>
        </h2>
        <div className="dim mono small wrap">{project.slug}</div>
      </div>
      <div className="dim small">
        {texts.roles[project.role] ?? project.role} · {texts.created} <Time at={project.created_at} />
      </div>
    </article>
  );
}
