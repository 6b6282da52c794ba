import { errorOf } from './errors.js';

/** How often and how patiently a request is made again. */
export interface RetryOptions {
  /** Tries after the first; 3 when absent. */
  retries: number;
  /** The pause before the second try, in milliseconds; it doubles each time, and is drawn anew between half and whole. 250 when absent. */
  firstPause: number;
  /** Longest pause, in milliseconds, also when the server asks for a longer one: then the error is given at once. 30,000 when absent. */
  longestPause: number;
}

/** Statuses after which nothing has happened, and the same request may succeed a little later. */
const AGAIN = new Set([408, 429, 502, 503, 504]);

/**
 * `fetch` that tries again when the server is busy or the network fails, and throws `CarcosaError` for any other answer that is no success.
 * POST carries an `Idempotency-Key`, so that trying again does nothing twice.
 */
export function patientFetch(inner: typeof fetch, options: RetryOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === 'POST' && !request.headers.has('idempotency-key')) {
      request.headers.set('idempotency-key', crypto.randomUUID());
    }
    for (let tries = 0; ; tries += 1) {
      const last = tries >= options.retries;
      const planned = options.firstPause * 2 ** tries * (0.5 + Math.random() / 2);
      let response: Response;
      try {
        response = await inner(request.clone());
      } catch (cause) {
        if (last || request.signal.aborted) throw cause;
        await pause(Math.min(planned, options.longestPause), request.signal);
        continue;
      }
      if (response.ok || response.status === 304) return response;
      const error = await errorOf(response);
      const wished = (error.retryAfter ?? 0) * 1000;
      if (last || !AGAIN.has(error.status) || wished > options.longestPause) throw error;
      await pause(Math.max(wished, Math.min(planned, options.longestPause)), request.signal);
    }
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
