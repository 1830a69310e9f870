import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Random } from '#libs/kernel';
import type { Client, JobEnd, Request } from './client.ts';
import { drawInt } from './draw.ts';
import { type Batch, type Ledger, linesOf } from './ledger.ts';
import type { Violations } from './violations.ts';

const FIELDS = {
  n: { type: 'long' },
  revision: { type: 'long' },
  batch: { type: 'keyword' },
  text: { type: 'text' },
};
/** Of an import from a file; enough for its task to be killed in the middle. */
const FILE_DOCUMENTS = 2_000;

export interface ImportingOptions {
  readonly client: Client;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly violations: Violations;
  /** Where files to import are written. */
  readonly folder: string;
}

/** One who writes batches, one after the other, most new, some again, some from files, some submitted twice over. */
export class Importer {
  private readonly options: ImportingOptions;
  /** Indexes being made, shared by all importers of a run. */
  private readonly made: Map<string, Promise<unknown>>;
  jobs = 0;

  constructor(options: ImportingOptions, made: Map<string, Promise<unknown>>) {
    this.options = options;
    this.made = made;
  }

  get elapsedMs(): readonly number[] {
    return this.options.client.elapsedMs;
  }

  async runUntil(over: AbortSignal): Promise<void> {
    const { random, ledger } = this.options;
    const own: Batch[] = [];
    while (!over.aborted) {
      const again = own.length > 0 && random.next() < 0.2 ? own[drawInt(random, 0, own.length)] : undefined;
      if (again) {
        again.revision++;
        await this.write(again, 'updated');
        continue;
      }
      const fromFile = random.next() < 0.1;
      const batch = ledger.begin(fromFile ? FILE_DOCUMENTS : drawInt(random, 1, 200));
      await this.make(batch.index);
      if (!(await this.write(batch, 'new', fromFile))) continue;
      batch.state = 'done';
      own.push(batch);
    }
  }

  /** Whether all its documents were written, as what they should be. */
  private async write(batch: Batch, as: 'new' | 'updated', fromFile = false): Promise<boolean> {
    const { client, random, violations } = this.options;
    const request = fromFile ? await this.fileImport(batch) : documentsOf(batch);
    const end = await client.run(request, random.next() < 0.1);
    if (end === undefined) return false;
    this.jobs++;
    const wrong = wrongWithImport(end, batch, as);
    if (wrong !== undefined) violations.add(`import of ${batch.name} (job ${end.job}): ${wrong}`);
    return wrong === undefined;
  }

  private async make(index: string): Promise<void> {
    const request: Request = { method: 'PUT', path: `/v1/indexes/${index}`, body: JSON.stringify({ fields: FIELDS }) };
    if (!this.made.has(index)) this.made.set(index, this.options.client.insist(request));
    await this.made.get(index);
  }

  private async fileImport(batch: Batch): Promise<Request> {
    const path = join(this.options.folder, `${batch.name}.ndjson`);
    await writeFile(path, linesOf(batch));
    const body = JSON.stringify({ source: pathToFileURL(path).href });
    return { method: 'POST', path: `/v1/indexes/${batch.index}/imports`, body };
  }
}

const documentsOf = (batch: Batch): Request => ({
  method: 'POST',
  path: `/v1/indexes/${batch.index}/documents`,
  body: linesOf(batch),
  contentType: 'application/x-ndjson',
});

function wrongWithImport(end: JobEnd, batch: Batch, as: 'new' | 'updated'): string | undefined {
  if (!('result' in end)) return `ended ${end.state} (${end.code})`;
  const right = { indexed: batch.count, updated: as === 'updated' ? batch.count : 0, deleted: 0, failed: 0 };
  const { indexed, updated, deleted, failed } = end.result as typeof right;
  const got = { indexed, updated, deleted, failed };
  return JSON.stringify(got) === JSON.stringify(right)
    ? undefined
    : `counted ${JSON.stringify(got)}, not ${JSON.stringify(right)}`;
}
