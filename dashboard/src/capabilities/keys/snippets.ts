import type { Snippet } from '../../ui/secret.tsx';

/** Asks the server who one is, which every key may. */
export function snippetsOf(secret: string): Snippet[] {
  const url = globalThis.location.origin;
  return [
    { name: 'curl', text: `export CARCOSA_KEY='${secret}'\ncurl ${url}/v1/access/self -H "authorization: Bearer $CARCOSA_KEY"` },
    {
      name: 'Node',
      text: [
        "import { createClient, ok } from '@carcosa/client';",
        '',
        '// npm install @carcosa/client; the secret belongs in the environment, not in the code.',
        `const carcosa = createClient({ url: '${url}', key: process.env.CARCOSA_KEY });`,
        "const self = await ok(carcosa.GET('/v1/access/self'));",
        'console.log(self.permissions);',
      ].join('\n'),
    },
  ];
}
