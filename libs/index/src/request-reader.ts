import type { IdRun, ReadWave, SegmentField, SegmentReader, TermWatch } from '#libs/segment';

/** Runs `action`, and everything it waits for, as part of one request. */
export type AsRequest = <T>(action: () => T) => T;

/**
 * A shared reader as one request sees it: what is parsed is shared with all, what is read is counted, and cancelled, with
 * the request. Only what reads passes through `asRequest`; the rest is the reader's own.
 */
export class RequestReader implements SegmentReader {
  constructor(
    private readonly shared: SegmentReader,
    private readonly asRequest: AsRequest,
  ) {}

  get docCount(): number {
    return this.shared.docCount;
  }

  field(name: string): SegmentField | undefined {
    return this.shared.field(name);
  }

  fieldNames(): string[] {
    return this.shared.fieldNames();
  }

  wave(watch?: TermWatch): ReadWave {
    const wave = this.shared.wave(watch);
    const flush = wave.flush.bind(wave);
    wave.flush = () => this.asRequest(flush);
    return wave;
  }

  async *idBlocks(): AsyncGenerator<IdRun> {
    const runs = this.shared.idBlocks()[Symbol.asyncIterator]();
    for (;;) {
      const run = await this.asRequest(() => runs.next());
      if (run.done) return;
      yield run.value;
    }
  }

  verify(): Promise<void> {
    return this.asRequest(() => this.shared.verify());
  }
}
