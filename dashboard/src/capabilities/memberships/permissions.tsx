/** All that a membership gives at the moment, noun by noun. */

import { useRead } from '../../api/data.ts';
import { messages } from '../../i18n/messages.ts';
import { Badge } from '../../ui/display.tsx';
import { Card } from '../../ui/page.tsx';
import { Loaded, Note } from '../../ui/states.tsx';
import { whyText } from '../access/reasons.ts';
import { conditionSentence } from '../roles/conditions.ts';
import { type Role, usePermissions } from '../roles/data.ts';
import { nounOf } from '../roles/scopes.ts';
import { useTenant } from '../tenants/tenant.tsx';
import { type Membership, memberName } from './parts.tsx';

const texts = messages('member-permissions', {
  title: 'Effective permissions',
  note: (role: string) => `What the role ${role} gives here at the moment. Other memberships of the same person may add to it.`,
  nothing: 'Nothing of this holds now.',
  none: 'The role gives nothing here.',
  everything: 'everything',
  all: 'all',
  gone: (role: string) => `There is no role ${role} any more, so the membership gives nothing.`,
});

export function EffectivePermissions({ membership, role }: { membership: Membership; role: Role | undefined }) {
  const { tenant } = useTenant();
  const query = useRead(['members', 'permissions', membership.id, membership.version, tenant.version], (api, signal) =>
    api.GET('/v1/tenants/{tenant}/members/{membership}/permissions', {
      params: { path: { tenant: tenant.id, membership: membership.id } },
      signal,
    }),
  );
  const name = role?.name ?? membership.role;
  return (
    <Card title={texts.title} note={texts.note(name)}>
      <Loaded query={query} lines={6}>
        {(found) => (
          <div className="stack">
            {found.effective ? null : (
              <Note tone="warn">
                <p className="strong">{texts.nothing}</p>
                <p>
                  {found.reason === 'permission_not_granted'
                    ? texts.gone(found.role)
                    : whyText(found.reason, { user: memberName(membership), tenant: tenant.name, permission: '', role: name, condition: '' })}
                </p>
              </Note>
            )}
            {found.conditions.length > 0 && role ? <Note>{conditionSentence(role.conditions)}</Note> : null}
            {found.permissions.length === 0 ? <p className="dim">{texts.none}</p> : <ByNoun names={found.permissions} />}
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function ByNoun({ names }: { names: readonly string[] }) {
  const permissions = usePermissions();
  const help = new Map(permissions.data?.data.map((one) => [one.name, one.description]));
  const nouns = new Map<string, string[]>();
  for (const name of names) nouns.set(nounOf(name), [...(nouns.get(nounOf(name)) ?? []), name]);
  return (
    <dl className="verbs">
      {[...nouns].map(([noun, found]) => (
        <div key={noun} style={{ display: 'contents' }}>
          <dt>{noun === '' ? '*' : noun}</dt>
          <dd>
            {found.map((name) => {
              const verb = name.slice(noun.length + (noun === '' ? 0 : 1));
              return (
                <span key={name} title={help.get(name)}>
                  <Badge>{name === '*' ? texts.everything : verb === '*' ? texts.all : verb}</Badge>
                </span>
              );
            })}
          </dd>
        </div>
      ))}
    </dl>
  );
}
