import { runCli } from './run-cli.ts';
import { systemContext } from './cli-context.ts';

process.exitCode = await runCli(process.argv.slice(2), systemContext());
// A reader that went away (`quarry jobs | head`) is no failure, and open connections of fetch must not hold us.
process.exit();
