import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { isProcessGone, processIdentity } from './process-identity.ts';

const onLinux = process.platform === 'linux' ? it : it.failing;

describe('a process identity', () => {
  onLinux('is of a living process as long as it lives, and of a dead one afterwards', async () => {
    expect(isProcessGone(processIdentity()!)).toBe(false);
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const { readFileSync } = await import('node:fs');
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const [boot, namespace] = processIdentity()!.split(' ');
    const identity = `${boot} ${namespace} ${child.pid} ${started}`;
    expect(isProcessGone(identity)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isProcessGone(identity)).toBe(true);
  });

  onLinux('says nothing of processes it cannot see, and is not fooled by a process id that is used again', () => {
    const [boot, namespace, pid, started] = processIdentity()!.split(' ');
    expect(isProcessGone(`${boot} pid:[1] ${pid} ${started}`)).toBe(false);
    expect(isProcessGone(`another-boot ${namespace} ${pid} ${started}`)).toBe(false);
    expect(isProcessGone(`${boot} ${namespace} ${pid} 1`)).toBe(true);
  });
});
