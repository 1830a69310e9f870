import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isQuarryError, seededRandom, systemClock, type ErrorKind, type Random } from '#libs/kernel';
import { fuzzSettings, type FuzzTarget } from './fuzz-settings.ts';

export interface FuzzOptions {
  /** Kinds of error that may come of what a case makes; whatever else is thrown is found. */
  readonly kinds: readonly ErrorKind[];
  /** One case on a busy machine. What it catches is time that grows with more than the input. */
  readonly slowMs?: number;
}

const SLOW_MS = 5000;
/** Beside all other tests, on a busy machine, only a hang is told. */
const HANG_MS = 60_000;
/** The longest that a message may be: what it shows of the input is cut. */
const MESSAGE_LENGTH = 4000;
const SHOWN_LENGTH = 400;
/** What heap and buffers may grow by, garbage apart: far above what cases need, far below what one unchecked length allocates. */
const MEMORY_BYTES = 2 ** 30;
const MEMORY_EVERY = 250;
const GOLDEN = 0x9e37_79b9;

/** A test that runs cases, each of a random stream of its own that follows from the seed and the case's number. */
export function fuzz(target: FuzzTarget, options: FuzzOptions, run: (random: Random) => unknown): void {
  const settings = fuzzSettings(target);
  (settings ? it : it.skip)(
    `${target}: any input gives a result or ${options.kinds.join(' or ')}, soon`,
    async () => {
      const { seed, cases, one, reports } = settings!;
      const began = systemClock.monotonic();
      const before = bytesHeld();
      const limits = { ...options, slowMs: reports || one !== undefined ? (options.slowMs ?? SLOW_MS) : HANG_MS };
      for (let number = one ?? 0; number < (one === undefined ? cases : one + 1); number++) {
        const problem = await problemOf(limits, () => run(seededRandom(Math.imul(seed, GOLDEN) ^ (number * 31 + 7))));
        if (problem !== undefined) {
          const again = `npm run fuzz -- --target ${target} --seed ${seed} --case ${number}`;
          throw new Error(`case ${number} of ${target}, seed ${seed}: ${problem.message}\nagain: ${again}`, {
            cause: problem.cause,
          });
        }
        if (number % MEMORY_EVERY === 0) checkMemory(before);
      }
      const seconds = (systemClock.monotonic() - began) / 1000;
      const rate = Math.round(cases / seconds);
      if (reports) process.stdout.write(`${target}: ${cases} cases, seed ${seed}, ${rate} cases/s, nothing found\n`);
    },
    3_600_000,
  );
}

async function problemOf(
  { kinds, slowMs }: FuzzOptions & { readonly slowMs: number },
  run: () => unknown,
): Promise<{ message: string; cause?: unknown } | undefined> {
  const began = systemClock.monotonic();
  try {
    await run();
  } catch (error) {
    if (!isQuarryError(error) || !kinds.includes(error.kind)) {
      return { message: error instanceof Error ? (error.stack ?? error.message) : String(error), cause: error };
    }
    const { message } = error;
    if (message.length > MESSAGE_LENGTH)
      return { message: `a message of ${message.length} characters: ${message.slice(0, SHOWN_LENGTH)}…` };
  }
  const ms = systemClock.monotonic() - began;
  return ms < slowMs ? undefined : { message: `it took ${ms.toFixed()} ms` };
}

const bytesHeld = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** @param before what was held before the first case: the runner keeps much beside */
function checkMemory(before: number): void {
  if (bytesHeld() - before <= MEMORY_BYTES) return;
  collectGarbage();
  const grown = bytesHeld() - before;
  if (grown > MEMORY_BYTES) throw new Error(`it holds ${grown} bytes more than before`);
}

/** The function that `--expose-gc` gives, without asking for it when the process is started. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
