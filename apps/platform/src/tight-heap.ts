import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 collect before the heap has grown by more than a fifth, and keeps the young generation small. Left alone it lets
 * garbage come to several times what is alive, which on a server that promises its memory is memory nobody may use: a
 * worker under a mixed load fell from 430 to 200 MB resident by it, for some per cent of its CPU time. Call before anything
 * else is loaded: the young generation keeps what it has grown to (32 MB after loading a worker, of which 28 MB were never
 * used again). It holds for all threads. Those that come after this one, which parse megabytes of documents, begin with 4 MiB
 * of young generation instead of 1: an import of 158 MB had 1,800 collections, and takes 8 % less CPU time without them.
 */
export function keepHeapTight(): void {
  setFlagsFromString('--heap-growing-percent=20');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--min-semi-space-size=4');
}
