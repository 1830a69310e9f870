import type { Clock } from '#libs/kernel';

/** Something that is open most of the time; while it is shut, callers wait for it a little. */
export class Gate {
  private readonly clock: Clock;
  private readonly waiting = new Set<() => void>();
  /** Monotonic ms; undefined while open. */
  private shutSince: number | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get isOpen(): boolean {
    return this.shutSince === undefined;
  }

  /** For how many ms it has been shut; 0 while open. */
  get shutMs(): number {
    return this.shutSince === undefined ? 0 : this.clock.monotonic() - this.shutSince;
  }

  shut(): void {
    this.shutSince ??= this.clock.monotonic();
  }

  open(): void {
    this.shutSince = undefined;
    this.wakeAll();
  }

  /** Lets everybody who waits go on without it, to see what has become of it. */
  wakeAll(): void {
    for (const wake of this.waiting) wake();
  }

  /** Waits until it is open or the patience ends; tells whether it is open. */
  async pass(patienceMs: number): Promise<boolean> {
    if (this.isOpen) return true;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        cancel();
        this.waiting.delete(wake);
        resolve();
      };
      const cancel = this.clock.after(patienceMs, wake);
      this.waiting.add(wake);
    });
    return this.isOpen;
  }
}
