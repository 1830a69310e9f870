import { QuarryError } from '#libs/kernel';
import type { BuiltSegment, SegmentMeta } from '#libs/segment';
import type { SegmentOutput } from './build-site.ts';

/** A segment that lies in the store. */
export interface FlushedSegment {
  readonly id: string;
  readonly key: string;
  readonly meta: SegmentMeta;
}

/**
 * One segment on its way to the store: encoded chunk by chunk as the store takes it, beside whoever builds the next. States:
 * under way → over (it lies there, it failed, or it was stopped). Nobody has to wait for it to learn that it failed.
 */
export class SegmentFlush {
  /** Resolves when it is over, however it ended. */
  readonly over: Promise<void>;
  private outcome: { readonly segment: FlushedSegment } | { readonly error: unknown } | undefined;
  private readonly stopping = new AbortController();
  private advanced = Promise.withResolvers<void>();

  constructor(
    private readonly built: BuiltSegment,
    output: SegmentOutput,
  ) {
    this.over = this.run(output).then(
      (segment) => this.end({ segment }),
      (error: unknown) => this.end({ error }),
    );
  }

  get isOver(): boolean {
    return this.outcome !== undefined;
  }

  /** In bytes, about. */
  get heldBytes(): number {
    return this.isOver ? 0 : this.built.heldBytes;
  }

  /** Throws what it failed with; undefined while it is under way. */
  segment(): FlushedSegment | undefined {
    if (!this.outcome) return undefined;
    if ('error' in this.outcome) throw this.outcome.error;
    return this.outcome.segment;
  }

  /** Resolves when it holds less than now, or is over. */
  progress(): Promise<void> {
    return this.isOver ? Promise.resolve() : this.advanced.promise;
  }

  /** Ends the upload, so that nothing of it stays in the store; resolves when it is over. The second call does nothing. */
  async stop(): Promise<void> {
    this.stopping.abort(new QuarryError('cancelled', 'the segment is not wanted any more'));
    await this.over;
  }

  private async run(output: SegmentOutput): Promise<FlushedSegment> {
    const { id, key } = await output.newSegment();
    await output.put(key, this.chunks(), this.stopping.signal);
    return { id, key, meta: this.built.meta };
  }

  private async *chunks(): AsyncGenerator<Uint8Array> {
    const { signal } = this.stopping;
    signal.throwIfAborted();
    for await (const chunk of this.built.chunks()) {
      yield chunk;
      this.advance();
      // Also after the last: what is not wanted must not come to its end.
      signal.throwIfAborted();
    }
  }

  private end(outcome: NonNullable<typeof this.outcome>): void {
    this.outcome = outcome;
    this.advance();
  }

  private advance(): void {
    const { resolve } = this.advanced;
    this.advanced = Promise.withResolvers();
    resolve();
  }
}
