/** What a consumer gets at a time, about: large enough for a multipart upload's buffers, small beside a budget. */
const CHUNK_BYTES = 1 << 20;

/** The parts in order, small ones put together; each is let go of as it is handed out. */
export async function* encodedChunks(parts: Uint8Array[]): AsyncIterable<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    parts[i] = new Uint8Array(0);
    waiting.push(part);
    bytes += part.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting, bytes);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting, bytes);
}
