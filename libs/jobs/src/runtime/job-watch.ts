import type { JobParts } from './job-parts.ts';

/** Waits for changes of one job. A change while nobody waits is not forgotten. */
export class JobWatch {
  private hasChanged = false;
  private wake = (): void => {};
  private stop = (): void => {};

  private constructor(private readonly parts: Pick<JobParts, 'jobs' | 'clock'>) {}

  static async start(parts: Pick<JobParts, 'jobs' | 'clock'>, id: string): Promise<JobWatch> {
    const watch = new JobWatch(parts);
    watch.stop = await parts.jobs.watch(id, () => {
      watch.hasChanged = true;
      watch.wake();
    });
    return watch;
  }

  /** Resolves when the job may have changed since the last call, or after `withinMs`. */
  async changed(withinMs: number): Promise<void> {
    if (!this.hasChanged) {
      await new Promise<void>((resolve) => {
        const cancel = this.parts.clock.after(withinMs, resolve);
        this.wake = () => {
          cancel();
          resolve();
        };
      });
    }
    this.hasChanged = false;
  }

  end(): void {
    this.stop();
  }
}
