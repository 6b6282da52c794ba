import { messages } from '../../i18n/messages.ts';
import { TextField } from '../../ui/fields.tsx';
import { PartCard, type PartProps, usePart, wholeNumber } from './part.tsx';

const texts = messages('settings-people', {
  title: 'Invitations',
  note: 'How people are invited to tenants. Invitations that were sent already stay as they are.',
  days: 'Days in which an invitation can be accepted',
  daysHint: '1 to 365. Empty: what the server’s settings say. An invitation can say otherwise.',
  url: 'Your application’s page that accepts invitations',
  urlHint: (url: string) => `The link in the mail is ${url}`,
  urlWhy:
    'The page signs the person in, then accepts with the token, by the API. Empty: invitations that name no page of their own are not mailed, and your application hands the token over itself.',
  urlRule: 'An https address (or http on localhost).',
});

interface Values {
  days: string;
  url: string;
}

/** The page with a token, as the mail has it: in the query, before the fragment. */
function withToken(page: string): string {
  const [address = '', ...fragment] = page.split('#');
  return [`${address}${address.includes('?') ? '&' : '?'}token=…`, ...fragment].join('#');
}

export function People({ stored }: PartProps) {
  const merge = usePart<Values>({
    stored,
    read: ({ settings }) => ({
      days: settings.invitation_expiry_days === null ? '' : String(settings.invitation_expiry_days),
      url: settings.invitation_url ?? '',
    }),
    patch: (values, before) => ({
      settings: {
        ...(values.days === before.days ? {} : { invitation_expiry_days: values.days.trim() === '' ? null : Number(values.days) }),
        ...(values.url === before.url ? {} : { invitation_url: values.url.trim() || null }),
      },
    }),
    check: ({ days, url }) => ({
      '/settings/invitation_expiry_days': days.trim() === '' ? undefined : wholeNumber(days, 1, 365),
      '/settings/invitation_url': url.trim() === '' || /^https?:\/\/\S+$/.test(url.trim()) ? undefined : texts.urlRule,
    }),
  });
  const { values, set } = merge.form;
  const link = values.url.trim() === '' ? undefined : withToken(values.url.trim());
  return (
    <PartCard title={texts.title} note={texts.note} merge={merge} names={{ days: texts.days, url: texts.url }}>
      <TextField
        label={texts.url}
        pointer="/settings/invitation_url"
        hint={
          <>
            {link ? <p className="wrap">{texts.urlHint(link)}</p> : null}
            <p>{texts.urlWhy}</p>
          </>
        }
        optional
        mono
        type="url"
        placeholder="https://app.example.com/join"
        maxLength={2048}
        value={values.url}
        onChange={(url) => set('url', url)}
      />
      <TextField
        label={texts.days}
        pointer="/settings/invitation_expiry_days"
        hint={texts.daysHint}
        optional
        inputMode="numeric"
        value={values.days}
        onChange={(days) => set('days', days)}
      />
    </PartCard>
  );
}
