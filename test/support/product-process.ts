import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ownedCommand } from '../services/owned-process.mjs';
import { cleanEnvironment } from './clean-environment.ts';

/** Enough to see why it ended; the whole is in `logFile`. */
const TAIL_CHARACTERS = 4_000;

export interface ProductOptions {
  readonly app: 'gateway' | 'worker';
  readonly environment: Readonly<Record<string, string>>;
  /** What it prints is added here. */
  readonly logFile?: string;
}

/** One process of the built product, from the moment it is spawned: it can be killed before it is up. */
export class ProductProcess {
  private readonly child: ChildProcess;
  private output = '';
  /** Resolves when it says that it is up; rejects with what it printed when it ends before. */
  readonly up: Promise<void>;
  readonly ended: Promise<void>;

  constructor({ app, environment, logFile }: ProductOptions) {
    const main = resolve(`dist/apps/${app}/src/main.js`);
    const [program, ...args] = ownedCommand(process.execPath, ['--enable-source-maps', main]);
    this.child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...cleanEnvironment(), QUARRY_LOG_LEVEL: 'warn', ...environment },
    });
    this.ended = once(this.child, 'close').then(() => undefined);
    this.up = new Promise((done, failed) => {
      const collect = (chunk: Buffer): void => {
        if (logFile !== undefined) appendFileSync(logFile, chunk);
        this.output = (this.output + chunk.toString()).slice(-TAIL_CHARACTERS);
        if (this.output.includes('is up')) done();
      };
      this.child.stdout!.on('data', collect);
      this.child.stderr!.on('data', collect);
      void this.ended.then(() => failed(new Error(`the ${app} ended (${this.end}) before it was up:\n${this.output}`)));
    });
    // Whoever kills it does not wait for it.
    this.up.catch(() => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Its exit code or the signal that ended it. */
  get end(): number | NodeJS.Signals | null {
    return this.child.exitCode ?? this.child.signalCode;
  }

  /** The last that it printed. */
  get printed(): string {
    return this.output;
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    if (!this.hasEnded) this.child.kill(signal);
    await this.ended;
  }
}
