/**
 * Server-sent events over `fetch`, which, unlike `EventSource`, can name the project and says why it was refused.
 */

export interface ServerSentEvent {
  id: string;
  event: string;
  data: string;
}

/** Splits a stream of text into events (the WHATWG's rules, as far as our server needs them). */
export class EventParser {
  #rest = '';
  #id = '';
  #event = '';
  #data: string[] = [];

  /** The events that the next piece of text completes. */
  feed(text: string): ServerSentEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerSentEvent[] {
    if (line === '') return this.#complete();
    const colon = line.indexOf(':');
    if (colon === 0) return [];
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.#data.push(value);
    else if (name === 'event') this.#event = value;
    else if (name === 'id') this.#id = value;
    return [];
  }

  #complete(): ServerSentEvent[] {
    const event = { id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') };
    const empty = this.#data.length === 0 && this.#event === '';
    this.#data = [];
    this.#event = '';
    return empty ? [] : [event];
  }
}

/** Reads a stream of server-sent events until it ends. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const parser = new EventParser();
  const decoder = new TextDecoder();
  for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
    yield* parser.feed(decoder.decode(bytes, { stream: true }));
  }
}
