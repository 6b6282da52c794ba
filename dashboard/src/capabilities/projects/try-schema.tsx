import { useEffect, useState } from 'react';
import { messages } from '../../i18n/messages.ts';
import { type JsonObject, JsonField, parseObject, violations } from '../../ui/json-field.tsx';
import { Card } from '../../ui/page.tsx';
import { Note } from '../../ui/states.tsx';

const texts = messages('try-schema', {
  title: 'Try it',
  note: 'An object as a tenant might have it, held against the schema above while you type. Nothing is saved.',
  sample: 'Sample metadata',
  fits: 'It fits the schema.',
  broken: 'The schema cannot be used as it is: the sample cannot be held against it.',
});

type Verdict = 'fits' | 'wrong' | 'broken';

export function TrySchema({ schema, sample, change }: { schema: JsonObject; sample: string; change: (sample: string) => void }) {
  const verdict = useVerdict(schema, sample);
  return (
    <div className="settings-card">
      <Card title={texts.title} note={texts.note}>
        <div className="stack">
          <JsonField label={texts.sample} pointer="/sample" rows={7} placeholder="{ }" schema={schema} value={sample} onChange={change} />
          <div role="status">
            {verdict === 'fits' ? <Note tone="good">{texts.fits}</Note> : null}
            {verdict === 'broken' ? <Note tone="warn">{texts.broken}</Note> : null}
          </div>
        </div>
      </Card>
    </div>
  );
}

/** What the validator says, once the hand rests. What is wrong stands at the field. */
function useVerdict(schema: JsonObject, sample: string): Verdict | undefined {
  const [found, setFound] = useState<{ for: string; verdict: Verdict }>();
  const asked = JSON.stringify([schema, sample]);
  useEffect(() => {
    const [against, text] = JSON.parse(asked) as [JsonObject, string];
    const read = parseObject(text);
    if (text.trim() === '' || 'error' in read) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      violations(against, read.value).then(
        (list) => current && setFound({ for: asked, verdict: list.length === 0 ? 'fits' : 'wrong' }),
        () => current && setFound({ for: asked, verdict: 'broken' }),
      );
    }, 250);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked]);
  return found?.for === asked ? found.verdict : undefined;
}
