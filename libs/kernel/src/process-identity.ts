import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Names this process so that another one can later tell for certain that it is gone: boot, process-id namespace, process
 * id and start time (a process id alone is used again). Undefined where the system does not tell (other than Linux).
 */
export function processIdentity(): string | undefined {
  const started = startTimeOf(process.pid);
  const place = placeOfProcesses();
  return started === undefined || place === undefined ? undefined : `${place} ${process.pid} ${started}`;
}

/**
 * True only when the process is certainly gone. False when it lives, or when it lives (or lived) where we cannot see:
 * on another machine, in another container, before the last boot of a machine that shares nothing but the file.
 */
export function isProcessGone(identity: string): boolean {
  const [boot, namespace, pid, started] = identity.split(' ');
  if (`${boot} ${namespace}` !== placeOfProcesses()) return false;
  return startTimeOf(Number(pid)) !== started;
}

function placeOfProcesses(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** In clock ticks since boot, field 22 of proc(5)'s stat; undefined when there is no such process. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command in parentheses, may itself hold blanks and parentheses.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}
