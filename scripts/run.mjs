// `node scripts/run.mjs <command> [arguments]`: see README.md here.
import { commands } from './commands.mjs';
import { ensureInstalled } from './install.mjs';
import { ensureBuilt } from './build.mjs';
import { findNode } from './find-node.mjs';
import { SetupError } from './setup-error.mjs';

const [name, ...args] = process.argv.slice(2);

async function main() {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (!command) {
    console.error(`usage: node scripts/run.mjs <${Object.keys(commands).join('|')}> [arguments]`);
    return 2;
  }
  await ensureInstalled();
  const node = findNode();
  if (command.needsBuild) await ensureBuilt(node);
  return command.run(node, args);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`quarry: ${error.message}`);
  process.exitCode = 1;
}
