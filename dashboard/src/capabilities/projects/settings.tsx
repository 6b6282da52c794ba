/** The settings of a project, each part with an address and a form of its own. */

import { useParams } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { usePaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Page, TabLinks } from '../../ui/page.tsx';
import { Empty, Loaded, Note } from '../../ui/states.tsx';
import { General } from './part-general.tsx';
import { Keys } from './part-keys.tsx';
import { Metadata } from './part-metadata.tsx';
import { People } from './part-people.tsx';
import { Permissions } from './part-permissions.tsx';
import { Retention } from './part-retention.tsx';
import { Tenants } from './part-tenants.tsx';
import type { PartProps, StoredProject } from './part.tsx';
import './projects.css';

const texts = messages('settings', {
  title: 'Settings',
  parts: 'Parts of the settings',
  general: 'General',
  tenants: 'Tenants',
  people: 'People',
  permissions: 'Permissions',
  metadata: 'Metadata',
  retention: 'Retention',
  keys: 'API keys',
  readOnly: 'You may read these settings. Changing them takes the role owner or admin in this project.',
  noPart: 'There is no such part of the settings',
});

const PARTS = {
  general: General,
  tenants: Tenants,
  people: People,
  permissions: Permissions,
  metadata: Metadata,
  retention: Retention,
  keys: Keys,
} as const satisfies Record<string, ComponentType<PartProps>>;
type PartName = keyof typeof PARTS;

export function Settings() {
  const { can } = useProject();
  const { part = 'general' } = useParams({ strict: false });
  const stored = useRead<StoredProject>(['projects', 'this'], (api, signal) => api.GET('/v1/project', { signal }));
  const to = usePaths();
  const names = Object.keys(PARTS) as PartName[];
  const Part = names.includes(part as PartName) ? PARTS[part as PartName] : undefined;
  const mayChange = can('project:update');
  return (
    <Page
      title={texts.title}
      tabs={
        <TabLinks
          label={texts.parts}
          tabs={names.map((name) => ({
            href: to.settings(name === 'general' ? undefined : name),
            text: texts[name],
            current: name === part,
          }))}
        />
      }
    >
      {mayChange ? null : <Note>{texts.readOnly}</Note>}
      {Part ? (
        <Loaded query={stored} lines={6}>
          {(found) => (
            <fieldset className="read-only stack" disabled={!mayChange}>
              <Part key={part} stored={found} />
            </fieldset>
          )}
        </Loaded>
      ) : (
        <div className="card">
          <Empty title={texts.noPart} action={<ButtonLink href={to.settings()}>{texts.general}</ButtonLink>} />
        </div>
      )}
    </Page>
  );
}
