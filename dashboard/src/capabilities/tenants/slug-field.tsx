/** A slug, with what the server would make of it before anything is sent. */

import { messages } from '../../i18n/messages.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/fields.tsx';
import { type SlugPreview, useSlugPreview } from './reading.ts';

const texts = messages('slug-field', {
  label: 'Slug',
  fromName: 'Made from the name: lower-case letters, digits and hyphens, for addresses such as acme.example.com.',
  willBe: (slug: string) => `Will be ${slug}.`,
  free: (slug: string) => `${slug} is free.`,
  taken: (slug: string) => `Another tenant has, or once had, ${slug}.`,
  reserved: (slug: string) => `${slug} is reserved.`,
  confusable: (slug: string) => `${slug} reads like another name. People could take it for that one.`,
  invalid: 'A slug has 1 to 63 of a–z, 0–9 and hyphens, and neither begins nor ends with a hyphen.',
  use: (slug: string) => `Use ${slug}`,
  former: (slug: string) => `Addresses with ${slug} keep leading here, and no other tenant ever gets it.`,
});

export function SlugField({
  name,
  value,
  onChange,
  present,
}: {
  /** The name that a slug is made from while none is given. */
  name: string;
  value: string;
  onChange: (value: string) => void;
  /** The slug that the tenant has now. */
  present?: string;
}) {
  const changes = present === undefined || (value.trim() !== '' && value.trim() !== present);
  const preview = useSlugPreview(present === undefined ? name : '', value, changes);
  const given = value.trim() !== '';
  return (
    <TextField
      label={texts.label}
      pointer="/slug"
      mono
      optional={present === undefined}
      maxLength={63}
      placeholder={given ? undefined : preview?.slug}
      value={value}
      onChange={(text) => onChange(text.toLowerCase())}
      hint={
        changes ? (
          <>
            {preview ? <Verdict preview={preview} given={given} use={onChange} /> : present === undefined ? <span>{texts.fromName}</span> : null}
            {present === undefined ? null : <div>{texts.former(present)}</div>}
          </>
        ) : undefined
      }
    />
  );
}

/** Said politely as it changes: it is no error yet, nothing was sent. */
function Verdict({ preview, given, use }: { preview: SlugPreview; given: boolean; use: (slug: string) => void }) {
  const { slug, available, reason, suggestion } = preview;
  if (available) {
    return (
      <span role="status" className={given ? 'good-text' : undefined}>
        {given ? texts.free(slug) : texts.willBe(slug)}
      </span>
    );
  }
  const why: Record<string, string> = {
    taken: texts.taken(slug),
    reserved: texts.reserved(slug),
    confusable: texts.confusable(slug),
    invalid: texts.invalid,
  };
  return (
    <span role="status" className="row">
      <span className="warn-text">{why[reason ?? 'invalid']}</span>
      {suggestion ? (
        <Button size="sm" onClick={() => use(suggestion)}>
          {texts.use(suggestion)}
        </Button>
      ) : null}
    </span>
  );
}
