import type { Clock } from '#libs/kernel';

/** Remembers that it was rung until it is silenced: any number of rings are one. For one who waits. */
export class Doorbell {
  private rung = false;
  private answer: (() => void) | undefined;

  ring(): void {
    this.rung = true;
    this.answer?.();
  }

  silence(): void {
    this.rung = false;
  }

  /** Resolves when it rings or has rung, after `ms`, or when the signal aborts, whichever comes first. */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (this.rung || signal.aborted || ms <= 0) return;
    await new Promise<void>((resolve) => {
      const answer = (): void => {
        this.answer = undefined;
        cancel();
        signal.removeEventListener('abort', answer);
        resolve();
      };
      const cancel = clock.after(ms, answer);
      signal.addEventListener('abort', answer, { once: true });
      this.answer = answer;
    });
  }
}
