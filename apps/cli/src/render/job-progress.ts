import { SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { formatBytes, type Clock } from '#libs/kernel';
import { hasEnded, type Job } from '../api/job.ts';
import type { Terminal } from '../cli-context.ts';
import { formatCount, formatDuration, formatRate, plural } from './quantities.ts';

/** Shows how far a job is. `update` may be called as often as one likes, `say` for a line in between, `end` once. */
export interface JobProgress {
  update(job: Job): void;
  say(line: string): void;
  end(): void;
}

/** A bar where there is somebody to watch it; else a line now and then, for logs. */
export const jobProgress = (terminal: Terminal, clock: Clock): JobProgress =>
  terminal.isTTY ? new ProgressBar(terminal, clock) : new ProgressLines(terminal, clock);

const LINE_EVERY_MS = 5000;

class ProgressLines implements JobProgress {
  private saidAt = -Infinity;
  private said = '';
  constructor(
    private readonly terminal: Terminal,
    private readonly clock: Clock,
  ) {}

  update(job: Job): void {
    const text = progressText(job);
    const line = text === job.state ? text : `${job.state}: ${text}`;
    const due = this.clock.monotonic() - this.saidAt >= LINE_EVERY_MS;
    if (line === this.said || !(due || hasEnded(job))) return;
    this.said = line;
    this.saidAt = this.clock.monotonic();
    this.say(line);
  }
  say(line: string): void {
    this.terminal.write(`${line}\n`);
  }
  end(): void {}
}

class ProgressBar implements JobProgress {
  private readonly bar: SingleBar;
  private startedAt: number | undefined;
  constructor(
    private readonly terminal: Terminal,
    private readonly clock: Clock,
  ) {
    this.bar = new SingleBar({
      stream: terminal as NodeJS.WriteStream,
      format: (_, { progress }, payload: Payload) => this.line(progress, payload),
      hideCursor: true,
      clearOnComplete: true,
      fps: 10,
      // Ctrl-C has its own meaning here: the job goes on.
      gracefulExit: false,
    });
  }

  update(job: Job): void {
    const { doneBytes = 0, totalBytes = 0 } = job.work ?? {};
    // Before the plan there is nothing to measure by.
    const total = totalBytes || job.progress.total || 1;
    const done = Math.min(total, totalBytes ? doneBytes : job.progress.done);
    if (this.startedAt === undefined) {
      this.startedAt = this.clock.monotonic();
      this.bar.start(total, done, { job } satisfies Payload);
      return;
    }
    this.bar.setTotal(total);
    this.bar.update(done, { job } satisfies Payload);
  }
  say(line: string): void {
    // Above the bar, which draws itself again below.
    this.terminal.write(`\r\u001B[K${line}\n`);
  }
  end(): void {
    this.bar.stop();
  }

  private line(progress: number, { job }: Payload): string {
    const width = Math.max(10, Math.min(30, (this.terminal.columns ?? 80) - 60));
    const filled = Math.round(width * Math.min(1, progress));
    const bar = pc.cyan('█'.repeat(filled)) + pc.dim('░'.repeat(width - filled));
    const passed = this.clock.monotonic() - this.startedAt!;
    const rate = job.work?.doneBytes ? `  ${formatRate(job.work.doneBytes, passed)}` : '';
    const left =
      progress > 0.02 && progress < 1 ? `  ${formatDuration((passed / progress) * (1 - progress))} left` : '';
    return `${bar} ${progressText(job)}${rate}${left}`;
  }
}

interface Payload {
  readonly job: Job;
}

/** "42%  12.3 MiB of 29.0 MiB  51,200 documents", or the state while nothing can be measured. */
export function progressText(job: Job): string {
  const { doneBytes = 0, totalBytes = 0, documents = 0 } = job.work ?? {};
  const { total, done, failed } = job.progress;
  const parts: string[] = [];
  if (totalBytes > 0) {
    parts.push(
      `${Math.floor(Math.min(1, doneBytes / totalBytes) * 100)}%`,
      `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`,
    );
  } else if (total > 0) parts.push(`${formatCount(done)} of ${plural(total, 'task')}`);
  else parts.push(job.state);
  if (documents > 0) parts.push(plural(documents, 'document'));
  if (failed > 0) parts.push(`${plural(failed, 'task')} failed`);
  return parts.join('  ');
}
