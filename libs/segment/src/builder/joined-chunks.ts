/** What a consumer gets at a time, about: large enough for a multipart upload's buffers, small beside a budget. */
const CHUNK_BYTES = 1 << 20;

/** The pieces in order, small ones put together. Each chunk is in a buffer of its own. */
export async function* joinedChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting, bytes);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting, bytes);
}
