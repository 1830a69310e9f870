import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ProductOptions {
  readonly app: 'gateway' | 'worker' | 'standalone';
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments?: readonly string[];
  /** What it prints when it is ready; its first group is what `start` resolves with. */
  readonly ready: RegExp;
  /** A folder for its CPU profile. */
  readonly profile?: string | undefined;
}

/** A process of the built product. It ends with this one. */
export class ProductProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** What the first group of `ready` has caught. */
    readonly said: string,
  ) {}

  /** Resolves when it has said that it is ready; rejects with what it printed when it ends before. */
  static async start(options: ProductOptions): Promise<ProductProcess> {
    const main = fileURLToPath(new URL(`../apps/${options.app}/src/main.js`, import.meta.url));
    const child = spawn(process.execPath, [...execArgs(options.profile), main, ...(options.arguments ?? [])], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], ...launchEnvironment(), ...options.environment },
    });
    let printed = '';
    const said = await new Promise<string>((resolve, reject) => {
      // Read on to the end: it must not stand still before a pipe that is full.
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        const found = options.ready.exec(printed);
        if (found) resolve(found[1] ?? '');
      });
      child.once('error', reject);
      child.once('close', () => reject(new Error(`the ${options.app} ended:\n${printed}`)));
    });
    return new ProductProcess(child, said);
  }

  get pid(): number {
    return this.child.pid!;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}

/** What scripts/launch-environment.mjs gave this process, as it gives it to the product's. */
const launchEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('MALLOC_')));

/** For children of a benchmark: they end with it, and write a profile when one is asked for. */
export function execArgs(profile: string | undefined): string[] {
  const guard = new URL(`../../scripts/end-with-parent.mjs?parent=${process.pid}`, import.meta.url);
  return ['--import', guard.href, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])];
}
