import { SingleBar } from 'cli-progress';
import type { JobView } from '#libs/jobs';
import { formatBytes } from '#libs/kernel';

/** The import as a bar on a terminal, as one line elsewhere. */
export class ImportMeter {
  private bar: SingleBar | undefined;

  constructor(private readonly out: NodeJS.WriteStream) {}

  update({ job }: JobView): void {
    const { doneBytes, totalBytes, documents } = job.work;
    if (!this.bar) {
      this.out.write('Nothing is indexed yet: importing WordNet, 117 thousand entries, as a sample.\n');
      this.bar = new SingleBar({
        stream: this.out,
        format: '  {bar} {percentage}% | {documents} documents | {bytes} | {duration_formatted}',
        barsize: 30,
        hideCursor: true,
        noTTYOutput: false,
      });
      this.bar.start(Math.max(1, totalBytes), 0, { documents: 0, bytes: '' });
    }
    if (totalBytes > 0) this.bar.setTotal(totalBytes);
    this.bar.update(doneBytes, { documents, bytes: formatBytes(doneBytes) });
  }

  end(view: JobView | undefined): void {
    this.bar?.stop();
    if (!view) return;
    const { job } = view;
    const result = job.result as { indexed: number; failed: number } | undefined;
    const seconds = ((job.finishedAt ?? job.createdAt) - job.createdAt) / 1000;
    if (result)
      this.out.write(`Indexed ${result.indexed} entries of WordNet in ${seconds.toFixed(1)} s (job ${job.id}).\n`);
    else this.out.write(`The import ended ${job.state}: ${job.error?.message ?? 'no reason given'} (job ${job.id}).\n`);
  }
}
