// The peer of `POST /v1/keys/verify`: the API-key plugin of better-auth behind Node's own HTTP server.
//
//     DATABASE_URL=postgres://… PORT=8080 node server.js
//
// Makes its tables and one key, prints the key, and answers `POST /verify {"key": …}`.
import http from 'node:http';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';

const auth = betterAuth({
  baseURL: 'http://127.0.0.1',
  secret: 'a secret of the benchmark, of no use elsewhere',
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16 }),
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  // Its limit would end the benchmark after ten requests.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});
await (await getMigrations(auth.options)).runMigrations();
const body = { email: 'ada@example.com', password: 'correct horse battery', name: 'Ada' };
const { user } = await auth.api.signUpEmail({ body });
const { key } = await auth.api.createApiKey({ body: { name: 'bench', userId: user.id } });

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const answer = await auth.api.verifyApiKey({ body: JSON.parse(Buffer.concat(chunks)) });
    response.writeHead(answer.valid ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
});
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(key));
