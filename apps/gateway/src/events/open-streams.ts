import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { unavailable } from '#libs/kernel';

/**
 * Ends every stream as soon as the process is asked to stop: a stream lasts as long as its job, and its client goes on at
 * another gateway from where it was.
 */
@Injectable()
export class OpenStreams implements OnModuleDestroy {
  private readonly stopping = new AbortController();

  /** Throws `unavailable` (`shutting_down`) when it is too late for a new one. */
  signal(): AbortSignal {
    if (!this.stopping.signal.aborted) return this.stopping.signal;
    throw unavailable('shutting_down', 'this gateway is shutting down; ask another');
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }
}
