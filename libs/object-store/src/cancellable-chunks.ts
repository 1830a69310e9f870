import { cancelled } from './store-errors.ts';

/**
 * The chunks of `source`, ending with `cancelled` as soon as `signal` aborts, even while the source hangs. The source
 * is told to end (its `return`), but not waited for.
 */
export async function* cancellableChunks(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  what: string,
): AsyncGenerator<Uint8Array> {
  if (!signal) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  // Nobody may be waiting when it aborts; that is no unhandled rejection.
  aborted.promise.catch(() => undefined);
  const onAbort = (): void => aborted.reject(cancelled(what));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    for (;;) {
      const next = await Promise.race([aborted.promise, iterator.next()]);
      if (next.done) {
        ended = true;
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!ended) iterator.return?.().catch(() => undefined);
  }
}
