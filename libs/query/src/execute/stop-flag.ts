/**
 * How a search is called off in the midst of computing: one number in shared memory, 0 until another thread sets it. A signal
 * cannot do it, since no event comes through while nothing waits. A search in the main thread has none: nothing could set it.
 */
export type StopFlag = Int32Array<SharedArrayBuffer>;

export const newStopFlag = (): StopFlag => new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** For the other thread. Setting it again changes nothing. */
export function raiseStopFlag(flag: StopFlag): void {
  Atomics.store(flag, 0, 1);
}

export const isRaised = (flag: StopFlag): boolean => Atomics.load(flag, 0) !== 0;
