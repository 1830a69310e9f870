import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { ownedCommand } from '../services/owned-process.mjs';
import { cleanEnvironment } from './clean-environment.ts';

const MAIN = resolve('dist/apps/standalone/src/main.js');

export interface StartOptions {
  readonly dataFolder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Import WordNet into a new installation; off unless asked. */
  readonly sample?: boolean;
  readonly port?: number;
  /** A program with arguments that ends by running what comes after them, as `env` and `nice` do. */
  readonly runBy?: readonly string[];
}

/** The built product, as a process of its own. */
export class QuarryProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly log: () => string,
  ) {}

  /** Resolves when it says that it is up; rejects with its output when it ends before. */
  static start(options: StartOptions): Promise<QuarryProcess> {
    const args = [
      '--data',
      options.dataFolder,
      '--port',
      String(options.port ?? 0),
      ...(options.sample ? [] : ['--no-sample']),
    ];
    const [run, ...by] = [...(options.runBy ?? []), process.execPath, '--enable-source-maps', MAIN, ...args];
    // A test that fails half way leaves no server behind.
    const [program, ...rest] = ownedCommand(run!, by);
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), QUARRY_LOG_LEVEL: 'warn', ...options.environment },
    });
    let output = '';
    return new Promise((done, failed) => {
      const ended = (code: number | null): void =>
        failed(new Error(`quarry ended with ${code} before it was up:\n${output}`));
      child.once('exit', ended);
      const collect = (chunk: Buffer): void => {
        output += chunk.toString();
        const found = /is up at (http:\/\/\S+)/.exec(output);
        if (!found) return;
        child.off('exit', ended);
        done(new QuarryProcess(child, found[1]!, () => output));
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Everything it has printed so far. */
  get printed(): string {
    return this.log();
  }

  /** Resolves when it has printed the text. */
  async hasPrinted(text: string): Promise<void> {
    while (!this.printed.includes(text)) {
      await new Promise<void>((next, failed) => {
        this.child.stdout!.once('data', () => next());
        this.child.once('exit', () => failed(new Error(`quarry ended before it printed "${text}":\n${this.printed}`)));
      });
    }
  }

  /** kill -9: no chance to say goodbye. */
  kill(): Promise<void> {
    return this.end('SIGKILL').then(() => undefined);
  }

  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  private end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return Promise.resolve(this.child.exitCode);
    return new Promise((done) => {
      this.child.once('exit', (code) => done(code));
      this.child.kill(signal);
    });
  }
}
