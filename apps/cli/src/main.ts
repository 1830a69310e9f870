import { runCli } from './run-cli.ts';
import { systemContext } from './cli-context.ts';

process.exitCode = await runCli(process.argv.slice(2), systemContext());
// Nothing that is still open (a connection kept alive, a timer of a closed server) shall hold us; what was written shall out.
process.stdout.write('', () => process.exit());
