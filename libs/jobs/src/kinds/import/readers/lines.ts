import { invalid } from '#libs/kernel';

export interface Line {
  /** Without its line end; a view, valid until the next batch is asked for. */
  readonly bytes: Uint8Array;
  /** Offset of its first byte in the file. */
  readonly offset: number;
  /** True when the line was longer than the limit and only its beginning is here. */
  readonly cut: boolean;
}

const LF = 10;
const CR = 13;

/**
 * Cuts a stream into lines (LF or CRLF), batch by batch: one batch a chunk. A line longer than `maxBytes` is answered cut
 * and never held whole. The last line needs no line end.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  offset: number,
  maxBytes: number,
): AsyncGenerator<Line[]> {
  if (maxBytes < 1) throw invalid('bad_limit', `a line limit of ${maxBytes} bytes`);
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let lineOffset = offset;
  const take = (end: Uint8Array): Line => {
    const length = restBytes + end.length;
    const pieces = restBytes === 0 ? end : concat([...rest, end], Math.min(length, maxBytes + 1));
    const line = lineFrom(pieces, lineOffset, maxBytes);
    rest = [];
    restBytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let from = 0;
    for (;;) {
      const to = chunk.indexOf(LF, from);
      if (to < 0) break;
      const length = restBytes + to - from + 1;
      lines.push(take(chunk.subarray(from, to)));
      lineOffset += length;
      from = to + 1;
    }
    if (from < chunk.length) {
      const tail = chunk.subarray(from);
      // Beyond the limit only the length matters.
      if (restBytes <= maxBytes) rest.push(tail.slice());
      restBytes += tail.length;
    }
    if (lines.length > 0) yield lines;
  }
  if (restBytes > 0) yield [take(new Uint8Array(0))];
}

function lineFrom(bytes: Uint8Array, offset: number, maxBytes: number): Line {
  const cut = bytes.length > maxBytes;
  const end = !cut && bytes.length > 0 && bytes[bytes.length - 1] === CR ? bytes.length - 1 : bytes.length;
  return { bytes: bytes.subarray(0, Math.min(end, maxBytes)), offset, cut };
}

function concat(pieces: readonly Uint8Array[], limit: number): Uint8Array {
  const whole = new Uint8Array(limit);
  let at = 0;
  for (const piece of pieces) {
    const part = piece.subarray(0, limit - at);
    whole.set(part, at);
    at += part.length;
    if (at === limit) break;
  }
  return whole.subarray(0, at);
}
