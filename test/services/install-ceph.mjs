import { installCommand, installPackages } from './install-packages.mjs';

const PACKAGES = ['ceph-mon', 'ceph-mgr', 'ceph-osd', 'radosgw', 'ceph-common'];
export const INSTALL_COMMAND = installCommand(PACKAGES);

/** Installs Debian's Ceph (64 MB). Throws with what apt-get said. */
export const installCeph = () => installPackages(PACKAGES);
