import { systemEnvironment, type Environment } from '#libs/kernel';

/** What is fuzzed, with the cases of each in an ordinary test run: the seed is fixed there, so that it is repeatable. */
export const FUZZ_TARGETS = {
  'query-strings': 600,
  requests: 700,
  'damaged-searches': 200,
  segments: 400,
  deletes: 150,
  manifests: 250,
  'index-definitions': 200,
  sources: 300,
} as const;
export type FuzzTarget = keyof typeof FUZZ_TARGETS;

export interface FuzzSettings {
  readonly seed: number;
  readonly cases: number;
  /** Only this one. */
  readonly one: number | undefined;
  /** Whether somebody waits for a report. */
  readonly reports: boolean;
}

/**
 * `npm run fuzz` says by the environment: FUZZ_CASES (of all targets together, shared as in an ordinary run), FUZZ_SEED,
 * FUZZ_TARGET and FUZZ_CASE. Undefined: this target is not asked for.
 */
export function fuzzSettings(
  target: FuzzTarget,
  environment: Environment = systemEnvironment(),
): FuzzSettings | undefined {
  const { FUZZ_CASES: cases, FUZZ_SEED: seed, FUZZ_TARGET: only, FUZZ_CASE: one } = environment;
  if (only !== undefined && only !== target) return undefined;
  const total = Object.values(FUZZ_TARGETS).reduce((sum, count) => sum + count, 0);
  const share = FUZZ_TARGETS[target] / (only === undefined ? total : FUZZ_TARGETS[target]);
  return {
    seed: Number(seed ?? 1),
    cases: cases === undefined ? FUZZ_TARGETS[target] : Math.ceil(Number(cases) * share),
    one: one === undefined ? undefined : Number(one),
    reports: cases !== undefined || one !== undefined,
  };
}
