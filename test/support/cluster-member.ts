import { appendFileSync } from 'node:fs';
import { ProductProcess } from './product-process.ts';

/** As long as a supervisor (systemd, Kubernetes) would take before it starts a process again that ended by itself. */
const RESPAWN_MS = 300;
/** A machine with all its cores busy is slow to start nine processes. */
const PATIENCE_MS = 300_000;

export interface MemberOptions {
  readonly app: 'gateway' | 'worker';
  readonly name: string;
  /** Where it answers: the API of a gateway, the probes of a worker. The same after every restart. */
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/**
 * One place in a cluster, and the process that fills it at the moment. States: `down` (killed, or not started yet),
 * `starting` (a process is there or is being started again after it ended by itself), `up` (it has said so).
 */
export class ClusterMember {
  readonly name: string;
  readonly app: 'gateway' | 'worker';
  readonly url: string;
  private readonly options: MemberOptions;
  private process: ProductProcess | undefined;
  state: 'down' | 'starting' | 'up' = 'down';
  /** How its processes ended that were up and that nobody had asked to end. */
  readonly ownEnds: (number | string | null)[] = [];

  constructor(options: MemberOptions) {
    this.options = options;
    this.name = options.name;
    this.app = options.app;
    this.url = options.url;
  }

  /** Resolves when it is up, or when somebody has killed it meanwhile. One that ends by itself is started again. */
  async start(): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    this.state = 'starting';
    for (;;) {
      const { app, environment, logFile, name } = this.options;
      const started = new ProductProcess({ app, environment, logFile });
      this.process = started;
      appendFileSync(logFile, `--- ${name} ${new Date().toISOString()} pid ${started.pid}\n`);
      void started.ended.then(() => this.endedByItself(started));
      try {
        await started.up;
        if (this.process === started) this.state = 'up';
        return;
      } catch (error) {
        if (this.process !== started) return;
        if (Date.now() > until) throw error;
      }
      await new Promise((done) => setTimeout(done, RESPAWN_MS));
      if (this.process !== started) return;
    }
  }

  /** Kill -9. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** SIGTERM, and waits for its end. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.process;
    this.process = undefined;
    this.state = 'down';
    await ending?.stop(signal);
  }

  /** While it is up: as a supervisor does, it is started again. While it starts, `start` sees to it. */
  private endedByItself(ended: ProductProcess): void {
    if (this.process !== ended) return;
    appendFileSync(this.options.logFile, `--- ${this.name} ended by itself: ${ended.end}\n`);
    if (this.state !== 'up') return;
    this.ownEnds.push(ended.end);
    // What it cannot do within the patience is seen by whoever needs it.
    void this.start().catch(() => undefined);
  }
}
