import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from './free-ports.mjs';
import { endOwned, startOwned } from './owned-process.mjs';
import { runCommand, until } from './run-command.mjs';
import { s3Answers } from './s3-request.mjs';

const GiB = 2 ** 30;

export const CEPH_CREDENTIALS = { accessKey: 'quarry', secretKey: 'quarry-secret', region: 'us-east-1' };

/**
 * The smallest real Ceph: one monitor, one OSD that keeps its data in memory, one S3 gateway, all in `folder` and on
 * free ports of 127.0.0.1. `onEnd` is told when a daemon ends that was not asked to.
 */
export async function startCeph(folder, onEnd) {
  const [monitorV2, monitorV1, gateway] = await freePorts(3);
  const conf = join(folder, 'ceph.conf');
  const keyring = join(folder, 'keyring');
  const fsid = randomUUID();
  const addresses = `[v2:127.0.0.1:${monitorV2},v1:127.0.0.1:${monitorV1}]`;
  await writeFile(conf, confOf(folder, fsid, addresses, keyring));
  await makeKeyring(keyring);

  const children = [];
  let stopping = false;
  const start = async (name, program, args) => {
    const log = join(folder, `${name}.out`);
    const child = await startOwned(program, ['-c', conf, '-f', ...args], { log });
    children.push(child);
    const ended = (reason) => {
      if (!stopping) onEnd(`${name} ended by itself (${reason}); see ${folder}/${name}.out and .log`);
    };
    child.on('error', ended);
    child.on('exit', (code, signal) => ended(code ?? signal));
  };
  const ceph = (...args) => runCommand('ceph', ['-c', conf, '--connect-timeout', '30', ...args]);
  const stop = async () => {
    stopping = true;
    // Nothing is worth saving: the data lives in memory and the folder is removed.
    await Promise.all(children.map((child) => endOwned(child)));
  };

  try {
    const monmap = join(folder, 'monmap');
    await runCommand('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', addresses, monmap]);
    const mkfs = ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monmap, '--keyring', keyring];
    await runCommand('ceph-mon', mkfs);
    await start('mon.a', 'ceph-mon', ['-i', 'a']);
    const osdId = randomUUID();
    await ceph('osd', 'create', osdId, '0');
    await mkdir(join(folder, 'osd'));
    await runCommand('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osdId]);
    await start('osd.0', 'ceph-osd', ['-i', '0']);
    // Its first start makes the pools, which both programs would otherwise do at once and in each other's way.
    const { accessKey, secretKey } = CEPH_CREDENTIALS;
    const user = ['--uid=quarry', '--display-name=quarry', `--access-key=${accessKey}`, `--secret-key=${secretKey}`];
    await runCommand('radosgw-admin', ['-c', conf, '-n', 'client.rgw', 'user', 'create', ...user]);
    // Without tcp_nodelay every body takes 45 ms (Nagle against delayed acknowledgements).
    await start('client.rgw', 'radosgw', [
      '-n',
      'client.rgw',
      `--rgw-frontends=beast endpoint=127.0.0.1:${gateway} tcp_nodelay=1`,
    ]);
    const server = { endpoint: `http://127.0.0.1:${gateway}`, ...CEPH_CREDENTIALS };
    await until(() => s3Answers(server), `the gateway of ${folder} to answer`, 300_000);
    return { server, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const confOf = (folder, fsid, addresses, keyring) => `[global]
fsid = ${fsid}
mon host = ${addresses}
keyring = ${keyring}
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
ms bind ipv4 = true
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = ${folder}
pid file = ${folder}/$name.pid
admin socket =
log file = ${folder}/$name.log
log to stderr = false
crash dir = ${folder}
mon data = ${folder}/mon
osd data = ${folder}/osd
rgw data = ${folder}/rgw
mon allow pool size one = true
mon data avail crit = 0
mon data avail warn = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = ${2 * GiB}
# Deleted objects give their memory back at once, not in two hours.
rgw gc obj min wait = 5
rgw gc processor period = 10
rgw gc processor max time = 10
rgw enable usage log = false
rgw run sync thread = false
rgw thread pool size = 64
`;

/** Without keys radosgw never leaves AUTH_CONNECTING, so authentication is on and everyone has one. */
async function makeKeyring(keyring) {
  const users = {
    'mon.': ['mon', 'allow *'],
    'client.admin': ['mon', 'allow *', 'osd', 'allow *', 'mgr', 'allow *'],
    'osd.0': ['mon', 'allow profile osd', 'osd', 'allow *'],
    'client.rgw': ['mon', 'allow rw', 'osd', 'allow rwx', 'mgr', 'allow rw'],
  };
  await runCommand('ceph-authtool', ['--create-keyring', keyring]);
  for (const [name, caps] of Object.entries(users)) {
    const pairs = [];
    for (let i = 0; i < caps.length; i += 2) pairs.push('--cap', caps[i], caps[i + 1]);
    await runCommand('ceph-authtool', [keyring, '--gen-key', '-n', name, ...pairs]);
  }
}
