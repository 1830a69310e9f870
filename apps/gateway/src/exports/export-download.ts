import { Injectable } from '@nestjs/common';
import { notFound, QuarryError } from '#libs/kernel';
import { isTerminal, type JobRecord } from '#libs/job-store';
import { exportedKey, type ExportedPart, type ExportResult } from '#libs/jobs';
import { Platform } from '../../../platform/src/platform.ts';

/** What is to be sent, and how it is called. */
export interface Download {
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
  gzip: 'application/gzip',
  zstd: 'application/zstd',
};

/** The parts of an export that lie with its job, as one file or one by one. */
@Injectable()
export class ExportDownload {
  constructor(private readonly platform: Platform) {}

  /** Throws `not-found` and `conflict` as `resultOf`, and `conflict` (`export_incomplete`). */
  async whole(tenant: string, id: string): Promise<Download> {
    const { job, result } = await this.resultOf(tenant, id);
    if (result.failed > 0) {
      throw new QuarryError(
        'conflict',
        `${result.failed} parts of the export are missing: retry the job, or fetch the others one by one`,
        { code: 'export_incomplete' },
      );
    }
    // Parts stand one after the other; only the first keeps its header.
    const pieces = result.parts.map((part, at) => ({ part, from: at === 0 ? 0 : part.headerBytes }));
    const suffix = result.parts[0]?.name.replace(/^part-\d+/, '') ?? `.${result.format}`;
    return this.download(job, result, `${job.index}${suffix}`, pieces);
  }

  /** Throws the same, and `not-found` (`part_not_found`). */
  async part(tenant: string, id: string, name: string): Promise<Download> {
    const { job, result } = await this.resultOf(tenant, id);
    const part = result.parts.find((one) => one.name === name);
    if (!part) throw notFound('part_not_found', `the export has no part "${name.slice(0, 64)}"`);
    return this.download(job, result, `${job.index}-${part.name}`, [{ part, from: 0 }]);
  }

  /** Throws `not-found` (`job_not_found`, `not_an_export`, `exported_elsewhere`, `export_gone`), `conflict` (`job_not_ended`). */
  private async resultOf(tenant: string, id: string): Promise<{ job: JobRecord; result: ExportResult }> {
    const { job } = await this.platform.jobService.get(tenant, id);
    if (job.kind !== 'export')
      throw notFound('not_an_export', `job ${id} is of the kind ${job.kind}, and has no parts`);
    if (!isTerminal(job.state)) {
      throw new QuarryError('conflict', `job ${id} is ${job.state}; wait for its end`, { code: 'job_not_ended' });
    }
    if (job.state !== 'succeeded') throw notFound('export_gone', `the export ${id} was ${job.state} and has no parts`);
    const result = job.result as ExportResult | undefined;
    if (!result) throw gone(id);
    if (result.target !== undefined) {
      throw notFound('exported_elsewhere', `the parts of export ${id} are at ${result.target}`);
    }
    return { job, result };
  }

  private async download(
    job: JobRecord,
    { format, compression }: ExportResult,
    fileName: string,
    pieces: readonly { readonly part: ExportedPart; readonly from: number }[],
  ): Promise<Download> {
    const { catalog, store } = this.platform;
    const keyOf = ({ name }: ExportedPart): string => exportedKey(catalog, job, job.id, name);
    // Before the head of the answer is sent: afterwards nobody can be told.
    const [first] = pieces;
    if (first && !(await store.head(keyOf(first.part)))) throw gone(job.id);
    const chunks = async function* chunks(): AsyncGenerator<Uint8Array> {
      for (const { part, from } of pieces)
        yield* store.getStream(keyOf(part), { range: { offset: from, length: part.bytes - from } });
    };
    return {
      fileName,
      contentType: CONTENT_TYPES[compression === 'none' ? format : compression]!,
      bytes: pieces.reduce((sum, { part, from }) => sum + part.bytes - from, 0),
      chunks: chunks(),
    };
  }
}

const gone = (id: string): Error =>
  notFound('export_gone', `the parts of export ${id} are no longer there: they go with their job, and with the index`);
