// A certified OpenID provider (node-oidc-provider), whose people sign in with any password.

import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';

// Needs encoding in an HTTP Basic header, and is another secret if that is done wrong (RFC 6749, section 2.3.1).
export const SECRET = 'a+b:c d/e%20f&g=h';

// By the name that they sign in with.
const PEOPLE = {
  ada: { email: 'ada@example.com', email_verified: true },
  grace: { email: 'grace@example.com', email_verified: true },
  // Says that the operator's address is theirs, and nobody has checked.
  mallory: { email: 'ada@example.com', email_verified: false },
};

// Knows Carcosa at `url` as the client `carcosa`. Stops when the test ends.
export async function startProvider(t, url, { algorithm = 'RS256', client = {}, config = {} } = {}) {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => http.close());
  const issuer = `http://127.0.0.1:${http.address().port}`;
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'carcosa',
        client_secret: SECRET,
        redirect_uris: [`${url}/v1/session/oidc/callback`],
        id_token_signed_response_alg: algorithm,
        ...client,
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', use: 'sig', alg: algorithm }] },
    cookies: { keys: ['signs the cookies of the provider'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    // Puts the address into the ID token, as most providers do.
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true } },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, name: sub, ...PEOPLE[sub] }) }),
    ...config,
  });
  http.on('request', provider.callback());
  return { issuer, provider };
}
