import { randomInt } from 'node:crypto';

/**
 * The same cases in every run, so that no build fails by a case that its change has nothing to do with. What other cases
 * would find is looked for on purpose: QUARRY_TEST_SEED=random, and by night.
 */
const FIXED = 20_241_122;
const VARIABLE = 'QUARRY_TEST_SEED';

type Environment = Record<string, string | undefined>;

/** What fast-check takes: a 32-bit integer. Throws when the variable holds anything else. */
export function propertySeed(environment: Environment): number {
  const asked = environment[VARIABLE] ?? '';
  if (asked === '') return FIXED;
  const seed = Number(asked);
  if (!/^-?\d+$/.test(asked) || seed !== Math.trunc(seed) || Math.abs(seed) >= 2 ** 31)
    throw new Error(`${VARIABLE}="${asked}": expected "random" or an integer of less than 32 bits`);
  return seed;
}

/** Draws one seed for the whole run where one is asked for, says it, and leaves it to Jest's workers in the environment. */
export function drawPropertySeed(environment: Environment): void {
  if (environment[VARIABLE] !== 'random') return;
  environment[VARIABLE] = String(randomInt(2 ** 31));
  console.log(`tests: ${VARIABLE}=${environment[VARIABLE]}`);
}
