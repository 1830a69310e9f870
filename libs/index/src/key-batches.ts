/** As many as S3 deletes in one request. */
const BATCH_KEYS = 1000;

/** In their order, so many at a time as one request deletes. */
export async function* keyBatches(
  objects: AsyncIterable<{ readonly key: string }> | Iterable<{ readonly key: string }>,
): AsyncGenerator<string[]> {
  let keys: string[] = [];
  for await (const { key } of objects) {
    keys.push(key);
    if (keys.length < BATCH_KEYS) continue;
    yield keys;
    keys = [];
  }
  if (keys.length > 0) yield keys;
}
