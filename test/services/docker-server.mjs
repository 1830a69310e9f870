import { runCommand, tryCommand } from './run-command.mjs';

/** Carries the pid of who started it, so that those of processes that were killed can be told. */
const NAME = /^quarry-test-(\d+)-\d+$/;

/** Whether an engine answers. */
export const dockerRuns = async () => (await tryCommand('docker', ['info'], { timeoutMs: 5000 })).code === 0;

/**
 * A server in a container of its own, which keeps its data while it is stopped. Like a program that was started by
 * `ownedServer`, only that its container goes with the next run when its owner was killed.
 * @param {{image: string, port: number, innerPort: number, args?: readonly string[],
 *   mounts?: Readonly<Record<string, string>>}} options `port` of 127.0.0.1; `mounts`: file → path in the container
 */
export async function dockerServer({ image, port, innerPort, args = [], mounts = {} }) {
  await removeLeft();
  const name = `quarry-test-${process.pid}-${port}`;
  const volumes = Object.entries(mounts).flatMap(([file, path]) => ['-v', `${file}:${path}:ro`]);
  const docker = (...words) => runCommand('docker', words, { timeoutMs: 300_000 });
  let made = false;
  return {
    start: async () => {
      if (made) await docker('start', name);
      else
        await docker('run', '-d', '--name', name, '-p', `127.0.0.1:${port}:${innerPort}`, ...volumes, image, ...args);
      made = true;
    },
    /** Why it has ended, if it has. */
    ended: async () => {
      const { stdout } = await tryCommand('docker', ['inspect', '-f', '{{.State.Running}}', name]);
      if (stdout.trim() !== 'false') return undefined;
      return (await tryCommand('docker', ['logs', '--tail', '40', name])).output;
    },
    end: async (signal) => {
      if (made) await tryCommand('docker', signal === 'SIGKILL' ? ['kill', name] : ['stop', '-t', '30', name]);
    },
    remove: async () => void (await tryCommand('docker', ['rm', '-f', '-v', name])),
    exec: (...words) => docker('exec', name, ...words),
  };
}

async function removeLeft() {
  const { stdout } = await tryCommand('docker', [
    'ps',
    '-a',
    '--filter',
    'name=quarry-test-',
    '--format',
    '{{.Names}}',
  ]);
  for (const name of stdout.split('\n')) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await tryCommand('docker', ['rm', '-f', '-v', name]);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
