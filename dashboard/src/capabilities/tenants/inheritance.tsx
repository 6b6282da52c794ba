/** The values that a tenant can take over from above: what applies, whose it is, and how it is decided. */

import { Lock } from 'lucide-react';
import { useState } from 'react';
import { useProject } from '../../api/scope.tsx';
import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { Badge } from '../../ui/display.tsx';
import { BrandPreview } from './branding.tsx';
import { InheritanceDialog } from './inheritance-dialog.tsx';
import { valuesOf } from './patch.ts';
import { type Inheritable, Source } from './source.tsx';
import { useTenant } from './tenant.tsx';

const texts = messages('tenant-inheritance', {
  label: 'Inherited values',
  value: 'Value',
  applies: 'What applies',
  from: 'Where it comes from',
  mode: 'Asks for',
  actions: 'Actions',
  plan: 'Plan',
  branding: 'Branding',
  change: 'Change',
  changeOf: (what: string) => `Change ${what.toLocaleLowerCase()}`,
  noEffect: 'has no effect while a tenant above locks it',
  modes: { inherit: 'Inherit', override: 'Own value', lock: 'Own value, locked' },
});

export function InheritedValues() {
  const { tenant } = useTenant();
  const { can } = useProject();
  const [changing, setChanging] = useState<Inheritable>();
  const editable = can('tenant:update') && tenant.status !== 'deleted';
  const values: Inheritable[] = ['plan', 'branding'];
  return (
    <>
      <table className="ten-inherited" aria-label={texts.label}>
        <thead>
          <tr>
            {[texts.value, texts.applies, texts.mode, texts.from].map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            <th scope="col">
              <span className="hidden-visually">{texts.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {values.map((value) => {
            const from = tenant.inheritance[value];
            return (
              <tr key={value}>
                <th scope="row">{texts[value]}</th>
                <td data-head={texts.applies}>{value === 'plan' ? <Badge tone="info">{tenant.plan}</Badge> : <BrandPreview name={tenant.name} values={valuesOf(tenant)} />}</td>
                <td data-head={texts.mode}>
                  <span className="row">
                    {from?.mode === 'lock' || from?.locked ? <Lock aria-hidden size={14} /> : null}
                    {from ? texts.modes[from.mode] : null}
                  </span>
                  {from?.locked && from.mode !== 'inherit' ? <div className="small dim">{texts.noEffect}</div> : null}
                </td>
                <td data-head={texts.from}>
                  <Source tenant={tenant} value={value} />
                </td>
                <td>
                  {editable ? (
                    <Button size="sm" aria-label={texts.changeOf(texts[value])} onClick={() => setChanging(value)}>
                      {texts.change}
                    </Button>
                  ) : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {changing ? <InheritanceDialog value={changing} onClose={() => setChanging(undefined)} /> : null}
    </>
  );
}
