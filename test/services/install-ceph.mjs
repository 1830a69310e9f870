import { existsSync } from 'node:fs';
import { tryCommand } from './run-command.mjs';

const PACKAGES = ['ceph-mon', 'ceph-mgr', 'ceph-osd', 'radosgw', 'ceph-common'];
export const INSTALL_COMMAND = `apt-get install --no-install-recommends ${PACKAGES.join(' ')}`;

export const canInstallCeph = () => existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;

/** Installs Debian's Ceph (64 MB). Throws with what apt-get said. */
export async function installCeph() {
  const options = { timeoutMs: 600_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  const install = () => tryCommand('apt-get', ['install', '-y', '--no-install-recommends', ...PACKAGES], options);
  let result = await install();
  if (result.code !== 0) {
    // The lists of packages may be missing (images delete them) or old.
    await tryCommand('apt-get', ['update'], options);
    result = await install();
  }
  if (result.code !== 0) throw new Error(`"${INSTALL_COMMAND}" failed:\n${result.output.slice(-2000)}`);
}
