import { fromErrorRecord, toErrorRecord, type ErrorRecord, type QuarryError } from '#libs/kernel';

/** What one side of a conversation sends. Ids are the sender's own, counted up. */
export type Message =
  /** `within` names the call, made by the receiver, in whose course this one is made: its host answers. */
  | { readonly is: 'call'; readonly id: number; readonly name: string; readonly arg: unknown; readonly within?: number }
  | { readonly is: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly is: 'failure'; readonly id: number; readonly error: SentError }
  | { readonly is: 'cancel'; readonly id: number }
  /** Of a stream that the receiver offers: its next chunk, or no more of it. */
  | { readonly is: 'pull'; readonly stream: number }
  | { readonly is: 'drop'; readonly stream: number }
  | { readonly is: 'chunk'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly is: 'end'; readonly stream: number; readonly error?: SentError };

/** An error on its way: what is a bug takes its stack along. */
export interface SentError {
  readonly record: ErrorRecord;
  readonly stack?: string;
}

export function sentError(error: unknown): SentError {
  const record = toErrorRecord(error);
  const { stack } = error instanceof Error ? error : {};
  return record.kind === 'internal' && stack !== undefined ? { record, stack } : { record };
}

export function receivedError({ record, stack }: SentError): QuarryError {
  const error = fromErrorRecord(record);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** An answer whose bytes change hands instead of being copied once more. */
export class Moved<T> {
  constructor(
    readonly value: T,
    readonly buffers: readonly ArrayBuffer[],
  ) {}
}

/**
 * Bytes for the other side. Shared memory goes as it is; what belongs to nobody else (`owned`) changes hands; of anything else
 * a copy does, because a buffer that is handed over is gone here, with everything else that lies in it.
 */
export function sendable(bytes: Uint8Array, owned: boolean): { bytes: Uint8Array; buffers: ArrayBuffer[] } {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) && isShared(buffer)) return { bytes, buffers: [] };
  const whole = owned && bytes.byteLength === buffer.byteLength ? bytes : new Uint8Array(bytes);
  return { bytes: whole, buffers: [whole.buffer as ArrayBuffer] };
}

/** By name, because a buffer may come from another realm. */
const isShared = (buffer: ArrayBufferLike): boolean =>
  Object.prototype.toString.call(buffer) === '[object SharedArrayBuffer]';

/** Several bodies, as `sendable` with copies, in the order given. */
export function movedBodies(bodies: readonly Uint8Array[]): Moved<Uint8Array[]> {
  const sent = bodies.map((body) => sendable(body, false));
  return new Moved(
    sent.map(({ bytes }) => bytes),
    sent.flatMap(({ buffers }) => buffers),
  );
}
