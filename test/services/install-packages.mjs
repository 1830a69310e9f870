import { existsSync } from 'node:fs';
import { tryCommand } from './run-command.mjs';

/** Whether Debian's packages can be installed here, and by us. */
export const canInstallPackages = () => existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;

export const installCommand = (packages) => `apt-get install --no-install-recommends ${packages.join(' ')}`;

/**
 * Throws with what apt-get said.
 * @param {readonly string[]} packages
 */
export async function installPackages(packages) {
  // Several who install at once (two services, two runs) wait for each other.
  const args = ['-o', 'DPkg::Lock::Timeout=600', 'install', '-y', '--no-install-recommends', ...packages];
  const options = { timeoutMs: 900_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  let result = await tryCommand('apt-get', args, options);
  if (result.code !== 0) {
    // The lists of packages may be missing (images delete them) or old.
    await tryCommand('apt-get', ['update'], options);
    result = await tryCommand('apt-get', args, options);
  }
  if (result.code !== 0) throw new Error(`"${installCommand(packages)}" failed:\n${result.output.slice(-2000)}`);
}
