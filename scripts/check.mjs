import { spawn } from 'node:child_process';
import { dirname, delimiter } from 'node:path';
import { root } from './paths.mjs';
import { tools } from './tools.mjs';

/**
 * Types, lint, architecture, format and unit tests, two at a time; one line a step with its time, and the output of what
 * failed. `--no-tests` leaves the unit tests out.
 */
export async function check(node, args) {
  const steps = [
    // The longest first.
    ...(args.includes('--no-tests')
      ? []
      : [{ name: 'unit tests', lines: [[...tools.jest, '--selectProjects', 'unit', '-w', '2']] }]),
    { name: 'types', lines: tools.typecheck() },
    { name: 'lint', lines: [tools.lint] },
    { name: 'architecture', lines: [tools.deps] },
    { name: 'format', lines: [[...tools.prettier, '--check', '.']] },
  ];
  const failed = [];
  const queue = steps.values();
  const lane = async () => {
    for (const step of queue) if (!(await runStep(node, step))) failed.push(step.name);
  };
  await Promise.all([lane(), lane()]);
  console.log(failed.length === 0 ? 'check: all good' : `check: failed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

async function runStep(node, { name, lines }) {
  const started = Date.now();
  for (const line of lines) {
    const { code, output } = await capture(node, line);
    if (code === 0) continue;
    console.log(`✗ ${name} (${seconds(started)})\n${output.trimEnd()}`);
    return false;
  }
  console.log(`✓ ${name} (${seconds(started)})`);
  return true;
}

const seconds = (started) => `${((Date.now() - started) / 1000).toFixed(1)} s`;

function capture(node, args) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
    const child = spawn(node, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
