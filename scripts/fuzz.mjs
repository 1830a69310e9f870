import { parseArgs } from 'node:util';
import { root } from './paths.mjs';
import { runNode } from './run-child.mjs';
import { tools } from './tools.mjs';

const USAGE = `npm run fuzz -- [--cases 100000] [--seed <number>] [--target <name>] [--case <number>]
Random and damaged input for parsers, searches and decoders: the cases of \`*.fuzz.spec.ts\` at length. Each target says its
cases a second; a failure says how to run it again. Targets: libs/testing/src/fuzz/fuzz-settings.ts.`;

/** Runs the fuzz tests with what they are to do in their environment. */
export async function fuzz(node, args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        cases: { type: 'string', default: '100000' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        target: { type: 'string' },
        case: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    return 2;
  }
  const numbers = [values.cases, values.seed, values.case ?? '0'];
  if (values.help || !numbers.every((text) => /^\d+$/.test(text))) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const env = {
    ...process.env,
    FUZZ_CASES: values.cases,
    FUZZ_SEED: values.seed,
    // Of the properties among them.
    QUARRY_TEST_SEED: String(Number(values.seed) | 0),
    ...(values.target !== undefined && { FUZZ_TARGET: values.target }),
    ...(values.case !== undefined && { FUZZ_CASE: values.case }),
  };
  console.log(`fuzz: ${values.cases} cases, seed ${values.seed}`);
  const command = [...tools.jest, '--selectProjects', 'unit', '--runInBand', '--', '\\.fuzz\\.spec\\.ts$'];
  return runNode(node, command, { cwd: root, env });
}
