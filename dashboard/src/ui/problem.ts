/** What went wrong, in words for the person who sees it. */

import { CarcosaError } from '@carcosa/client';
import { messages } from '../i18n/messages.ts';

const texts = messages('problem', {
  offline: 'The server cannot be reached. What you entered is still here; try again.',
  forbidden: (detail: string) => `You may not do this. ${detail}`,
  stale: 'Someone else changed this meanwhile. Look at the new state, then try again.',
  crashed: 'Something went wrong on this page.',
  missing: 'A part of the dashboard could not be fetched. There is a new version of it, or the server cannot be reached.',
});

/** Whether code could not be fetched: after an upgrade the files of the former version are gone. Browsers have a sentence each for it. */
export const isMissingCode = (error: unknown): boolean =>
  error instanceof TypeError && /dynamically imported module|importing a module script/i.test(error.message);

/** One sentence on a failure. */
export function problemText(error: unknown): string {
  if (isMissingCode(error)) return texts.missing;
  if (!(error instanceof CarcosaError)) return error instanceof TypeError ? texts.offline : texts.crashed;
  if (error.code === 'version_mismatch' || error.status === 412) return texts.stale;
  if (error.status === 403) return texts.forbidden(error.message);
  if (error.errors.length === 0) return error.message;
  return error.errors.map((one) => `${one.pointer ?? one.parameter ?? ''} ${one.detail}`.trim()).join('; ');
}

/** What to quote to whoever runs the server. */
export const requestIdOf = (error: unknown): string | undefined =>
  error instanceof CarcosaError ? error.requestId : undefined;

export const isNotFound = (error: unknown): boolean => error instanceof CarcosaError && error.status === 404;
