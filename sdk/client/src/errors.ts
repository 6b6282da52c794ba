/** One rule that a request broke. */
export interface Violation {
  /** JSON pointer into the body. */
  pointer?: string;
  /** The query parameter or header. */
  parameter?: string;
  code: string;
  detail: string;
}

/** What the server answers instead of what was asked for: a problem document (RFC 9457). */
export class CarcosaError extends Error {
  override readonly name = 'CarcosaError';

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** The stable code, such as `slug_taken`; `unknown` of an answer that is none of Carcosa's. */
    readonly code: string,
    message: string,
    /** Everything that is wrong with the request. */
    readonly errors: readonly Violation[],
    /** Quote it to whoever runs the server. */
    readonly requestId: string | undefined,
    /** After how many seconds it may be tried again. */
    readonly retryAfter: number | undefined,
  ) {
    super(message);
  }

  /** The violation at a field such as `/name`, to be shown beside it. */
  at(pointer: string): Violation | undefined {
    return this.errors.find((violation) => violation.pointer === pointer);
  }
}

/** Reads an answer that is no success. */
export async function errorOf(response: Response): Promise<CarcosaError> {
  const text = await response.text();
  let body: Partial<{ code: string; detail: string; title: string; errors: Violation[]; request_id: string }> = {};
  try {
    body = JSON.parse(text) as typeof body;
  } catch {
    // A proxy's page, perhaps: there is nothing in it for a program.
  }
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new CarcosaError(
    response.status,
    body.code ?? 'unknown',
    body.detail ?? body.title ?? `the server answered ${response.status}`,
    body.errors ?? [],
    body.request_id ?? response.headers.get('x-request-id') ?? undefined,
    Number.isFinite(wait) ? wait : undefined,
  );
}
