import type { Snippet } from '../../ui/secret.tsx';

/** Code that takes a webhook only when it is Carcosa's and of now. The secret stays in the environment. */
export const verificationSnippets: readonly Snippet[] = [
  {
    name: 'Node',
    text: [
      "import { WebhookVerifier } from '@carcosa/webhooks';",
      '',
      'const verifier = new WebhookVerifier(process.env.WEBHOOK_SECRET);',
      '',
      'export async function POST(request) {',
      '  // The body as it came: not parsed and written again.',
      '  const event = await verifier.verify(await request.text(), request.headers);',
      "  if (event.type === 'tenant.created') await createCustomer(event.data);",
      '  return new Response(null, { status: 204 });',
      '}',
    ].join('\n'),
  },
  {
    name: 'Rust',
    text: [
      'use carcosa_tenancy::webhooks::{Headers, Verifier};',
      '',
      'let secret = std::env::var("WEBHOOK_SECRET")?;',
      'let verifier = Verifier::new([secret.as_str()])?;',
      'let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());',
      '// The body as it came: not parsed and written again.',
      'let event = verifier.verify(&Headers::of(header)?, body)?;',
      'println!("{} {}", event.id, event.kind);',
    ].join('\n'),
  },
  {
    name: 'Python',
    text: [
      '# pip install standardwebhooks',
      'import os',
      'from standardwebhooks import Webhook',
      '',
      'webhook = Webhook(os.environ["WEBHOOK_SECRET"])',
      '',
      'def hooks(request):',
      '    # The body as it came: not parsed and written again.',
      '    event = webhook.verify(request.body, dict(request.headers))',
      '    if event["type"] == "tenant.created":',
      '        create_customer(event["data"])',
      '    return 204',
    ].join('\n'),
  },
];

/** A text as one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The request of an attempt, to be sent again by hand. */
export function curlOf(url: string, headers: Record<string, string>, body: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)} \\`);
  return [`curl -X POST ${quoted(url)} \\`, ...lines, `  --data-raw ${quoted(body)}`].join('\n');
}
