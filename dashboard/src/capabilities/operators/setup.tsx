/** The first start: whoever has the link that the server printed becomes the first operator, and makes the first project. */

import { CarcosaError, ok } from '@carcosa/client';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { clientOf } from '../../api/client.ts';
import { entered } from '../../api/session.ts';
import { paths, projectPaths } from '../../app/paths.ts';
import { messages } from '../../i18n/messages.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Code } from '../../ui/display.tsx';
import { Failed, Note, Skeleton } from '../../ui/states.tsx';
import { DoorCard } from './door-card.tsx';
import { useLinkToken } from './link-token.ts';
import { SetupForm, type SetupValues } from './setup-form.tsx';
import { useSetup } from './setup-state.ts';

const texts = messages('setup', {
  title: 'Set up Carcosa',
  intro: 'This makes your account, which may do everything here, and the first project: the application whose tenants Carcosa will keep.',
  done: 'Carcosa is set up',
  doneText: 'This installation has its first operator, so the link has no use any more. Sign in, or ask an operator to invite you.',
  signIn: 'Sign in',
  noToken: 'Open the link from the server’s output',
  noTokenText: 'Only who can read what the server prints may set it up. When it starts, it prints a link like this, or the path of the file that has it:',
  noTokenMore: 'No link there? Start the server again: each start makes a new one, which works for 24 hours, and those before it void.',
  example: 'Example of the link',
  wrong:
    'This link is not the one that the server printed last. Each start makes a new one. Open the newest link in this tab: what you entered stays.',
});

export function Setup() {
  const token = useLinkToken();
  const setup = useSetup();
  if (setup.isError) {
    return (
      <DoorCard title={texts.title}>
        <Failed error={setup.error} retry={() => void setup.refetch()} />
      </DoorCard>
    );
  }
  if (!setup.data) {
    return (
      <DoorCard title={texts.title}>
        <Skeleton lines={5} />
      </DoorCard>
    );
  }
  if (!setup.data.needed) {
    return (
      <DoorCard title={texts.done} note={texts.doneText}>
        <ButtonLink tone="primary" href={paths.signIn()}>
          {texts.signIn}
        </ButtonLink>
      </DoorCard>
    );
  }
  return token === undefined ? <NoToken /> : <Begin token={token} />;
}

function NoToken() {
  return (
    <DoorCard title={texts.noToken} note={texts.noTokenText}>
      <Code label={texts.example} text={`${globalThis.location.origin}/setup#…`} />
      <p className="dim">{texts.noTokenMore}</p>
    </DoorCard>
  );
}

function Begin({ token }: { token: string }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  // A newer link mends it.
  const [refused, setRefused] = useState<string>();
  const begin = async (values: SetupValues) => {
    try {
      const { name, ...rest } = values;
      const body = { ...rest, token, email: values.email.trim(), ...(name.trim() === '' ? {} : { name: name.trim() }) };
      entered(await ok(clientOf().POST('/v1/setup', { body })));
    } catch (error) {
      if (!(error instanceof CarcosaError)) throw error;
      if (error.code === 'invalid_setup_token') return setRefused(token);
      if (error.code === 'already_set_up') return void client.invalidateQueries({ queryKey: ['door', 'setup'] });
      throw error;
    }
    await navigate({ href: await firstPage(), replace: true });
    client.setQueryData(['door', 'setup'], { object: 'setup', needed: false });
  };
  return (
    <DoorCard title={texts.title} note={texts.intro}>
      {refused === token ? <Note tone="bad">{texts.wrong}</Note> : null}
      <SetupForm begin={begin} />
    </DoorCard>
  );
}

/** The page of the project that was just made. */
async function firstPage(): Promise<string> {
  try {
    const { data } = await ok(clientOf().GET('/v1/projects', { params: { query: { limit: 1 } } }));
    return data[0] ? projectPaths(data[0].slug).overview() : paths.home();
  } catch {
    return paths.home();
  }
}
