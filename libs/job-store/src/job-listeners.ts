import type { JobEnd } from './job-store.ts';

type Listener = (end?: JobEnd) => void;

/** Who wants to hear of changes to which job, within this process. */
export class JobListeners {
  private readonly byJob = new Map<string, Set<Listener>>();

  get size(): number {
    return this.byJob.size;
  }

  has(id: string): boolean {
    return this.byJob.has(id);
  }

  jobs(): Iterable<string> {
    return this.byJob.keys();
  }

  /** The returned function ends it; calling it twice is harmless. */
  add(id: string, listener: Listener): () => void {
    // A listener of its own, so that the same function may be added twice.
    const own: Listener = (end) => listener(end);
    const listeners = this.byJob.get(id) ?? new Set();
    this.byJob.set(id, listeners.add(own));
    return () => {
      if (listeners.delete(own) && listeners.size === 0 && this.byJob.get(id) === listeners) this.byJob.delete(id);
    };
  }

  /**
   * Calls the listeners after the running code, so that none of them can get between a caller and its result.
   * @param end if it is known
   */
  notify(id: string, end?: JobEnd): void {
    for (const listener of this.byJob.get(id) ?? []) queueMicrotask(() => listener(end));
  }

  clear(): void {
    this.byJob.clear();
  }
}
