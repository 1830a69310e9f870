import { spawn } from 'node:child_process';

/** Runs a program to its end. Resolves with its exit code (or null: it could not be started) and what it printed. */
export function tryCommand(program, args, { timeoutMs = 60_000, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, ...options });
    let output = '';
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: null, output: String(error), stdout }));
    child.on('close', (code) => resolve({ code: code ?? -1, output, stdout }));
  });
}

/** As `tryCommand`, but anything but exit code 0 throws with what the program printed last. */
export async function runCommand(program, args, options) {
  const { code, output, stdout } = await tryCommand(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output.slice(-2000)}`);
  return stdout;
}

/** Asks `probe` again until it gives something truthy. */
export async function until(probe, what, timeoutMs, pauseMs = 100) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
