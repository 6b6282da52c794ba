import { describe, expect, it } from 'vitest';
import { EventParser } from '../src/api/sse.ts';

const parse = (pieces: string[]) => {
  const parser = new EventParser();
  return pieces.flatMap((piece) => parser.feed(piece));
};

describe('server-sent events', () => {
  const text = 'retry: 1000\n: bookmark\nid: a1\nevent: bookmark\ndata: {}\n\nid: a2\ndata: {"x":1,\ndata: "y":2}\n\n';
  const expected = [
    { id: 'a1', event: 'bookmark', data: '{}' },
    { id: 'a2', event: 'message', data: '{"x":1,\n"y":2}' },
  ];

  it('are read', () => expect(parse([text])).toEqual(expected));

  it('are the same however the network cuts them', () => {
    for (let size = 1; size < 12; size += 1) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      expect(parse(pieces)).toEqual(expected);
    }
  });

  it('keep their id until another comes, and may have empty data', () => {
    expect(parse(['id: 7\ndata: a\n\ndata: b\r\n\r\nevent: end\n\n'])).toEqual([
      { id: '7', event: 'message', data: 'a' },
      { id: '7', event: 'message', data: 'b' },
      { id: '7', event: 'end', data: '' },
    ]);
  });

  it('that are not complete are not given', () => expect(parse(['data: a\n'])).toEqual([]));
});
