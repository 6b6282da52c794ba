// A project with enough in it to look at, in an order that is always the same.

import { until } from '../../../tests/interop/support/carcosa.js';
import { everything } from './seed.js';

const NAMES = [
  'Åbo Akademi', '株式会社サクラ', 'Müller & Söhne Spielwaren', 'Café des Joueurs', 'Kraków Karciany Klub', 'Lisboa Cartas Raras', 'Şahin Koleksiyon', 'Αθηναϊκή Λέσχη',
  'Meridian Grading Labs', 'Te Aro Card Exchange', 'Old Harbour Auctions', 'Aino Mäkelä', 'Siobhán O’Brien', 'João Conceição', 'Amara Okafor', 'Priya Raghunathan',
];
const PLANS = ['pro', 'enterprise', 'pro', 'starter', 'free', 'starter'];
const PEOPLE = ['Ada Byron', 'Katherine Johnson', 'Radia Perlman', 'Barbara Liskov', 'Ken Sakamura', 'Margaret Hamilton'];

export async function showcase(server) {
  const made = await everything(server);
  const post = (path, body, status = 201) => server.call('POST', path, body, status);
  for (const [place, name] of NAMES.entries()) {
    const kind = place > 10 ? 'individual' : 'organization';
    const tenant = await post('/v1/tenants', { name, kind, plan: PLANS[place % PLANS.length], external_id: `crm-${1002 + place}` });
    if (place % 7 === 5) await post(`/v1/tenants/${tenant.id}/suspend`, { reason: 'Invoice overdue' }, 200);
  }
  for (const [place, name] of PEOPLE.entries()) {
    const email = `${name.split(' ')[0].toLowerCase()}@acme.example`;
    await post(`/v1/tenants/${made.acme.id}/members`, { email, name, role: ['admin', 'manager', 'member'][place % 3] });
  }
  for (let time = 0; time < 40; time += 1) await post('/v1/keys/verify', { key: made.tenantKey.secret }, 200);
  for (let time = 0; time < 6; time += 1) await post('/v1/keys/verify', { key: made.tenantKey.secret, permissions: ['tenant:delete'] }, 200);
  // Uses are written every ten seconds; before, pages look otherwise.
  await until('the uses of keys', 30_000, async () => {
    const { total } = await server.call('GET', '/v1/keys/usage', undefined, 200);
    const { last_used_at: used } = await server.call('GET', `/v1/keys/${made.tenantKey.id}`, undefined, 200);
    return total.valid >= 41 && used !== null;
  });
  return made;
}
