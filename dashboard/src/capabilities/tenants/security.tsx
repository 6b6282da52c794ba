/** What a tenant asks of its people and keys before they are let in. */

import { useRead } from '../../api/data.ts';
import { useProject } from '../../api/scope.tsx';
import { duration } from '../../i18n/format.ts';
import { messages } from '../../i18n/messages.ts';
import { Card, Facts } from '../../ui/page.tsx';
import { Loaded } from '../../ui/states.tsx';
import { type Policy, methodText } from './policy.ts';
import { PolicyForm } from './policy-form.tsx';
import { useTenant } from './tenant.tsx';

const texts = messages('tenant-security', {
  intro: 'What is asked here holds for the tenant’s own members and keys at every door: making and refreshing tokens, using them, access checks, key verification. It does not bind the project’s keys or operators.',
  mfa: 'Second factor',
  required: 'required',
  notRequired: 'not required',
  methods: 'Ways of signing in',
  session: 'Sign in again after',
  addresses: 'Addresses',
  any: 'any',
  noLimit: 'no limit of its own',
  below: 'It binds members of tenants above it too, where their membership reaches down to this one.',
});

export function TenantSecurity() {
  const { tenant } = useTenant();
  const { can } = useProject();
  const policy = useRead(['security_policies', tenant.id], (api, signal) =>
    api.GET('/v1/tenants/{tenant}/security-policy', { params: { path: { tenant: tenant.id } }, signal }),
  );
  return (
    <>
      <p className="dim ten-intro">
        {texts.intro} {texts.below}
      </p>
      <Loaded query={policy} lines={8}>
        {(found) => (can('security_policy:update') && tenant.status !== 'deleted' ? <PolicyForm policy={found} /> : <PolicyFacts policy={found} />)}
      </Loaded>
    </>
  );
}

/** The policy for those who may not change it. */
function PolicyFacts({ policy }: { policy: Policy }) {
  return (
    <Card>
      <Facts
        facts={[
          [texts.mfa, policy.mfa_required ? texts.required : texts.notRequired],
          [texts.methods, policy.sign_in_methods?.map((method) => methodText[method]).join(', ') ?? texts.any],
          [texts.session, policy.max_session_seconds === null ? texts.noLimit : duration(policy.max_session_seconds)],
          [texts.addresses, policy.allowed_ips.length > 0 ? <span className="mono">{policy.allowed_ips.join(', ')}</span> : texts.any],
        ]}
      />
    </Card>
  );
}
