import { toErrorRecord } from '#libs/kernel';
import type { Platform } from './platform.ts';

export interface Readiness {
  readonly status: 'ready' | 'not ready';
  readonly dependencies: Readonly<Record<'store' | 'broker' | 'jobs', DependencyState>>;
}

export interface DependencyState {
  readonly status: 'ok' | 'failing';
  readonly elapsedMs: number;
  readonly code?: string;
  readonly detail?: string;
  /** It works, but not as it must in the long run. */
  readonly warning?: string;
}

/** A dependency that takes longer counts as failing. */
const PATIENCE_MS = 5_000;

/** Asks each dependency for itself, all at once. */
export async function readiness(platform: Platform): Promise<Readiness> {
  const [store, broker, jobs] = await Promise.all([
    probe(platform, async (signal) => void (await platform.store.head('readiness-probe', { signal }))),
    probe(platform, () => platform.broker.ping()),
    probe(platform, () => platform.jobs.ping()),
  ]);
  // Told of what remembers jobs, whichever Redis it is: they may be one and the same.
  const warning = jobs.status === 'ok' ? await platform.evictionCheck.warning().catch(() => undefined) : undefined;
  const dependencies = { store, broker, jobs: { ...jobs, ...(warning !== undefined && { warning }) } };
  const ready = Object.values(dependencies).every((state) => state.status === 'ok');
  return { status: ready ? 'ready' : 'not ready', dependencies };
}

async function probe(platform: Platform, ask: (signal: AbortSignal) => Promise<void>): Promise<DependencyState> {
  const { clock } = platform;
  const began = clock.monotonic();
  const over = new AbortController();
  const cancel = clock.after(PATIENCE_MS, () => over.abort());
  const elapsed = (): number => Math.round((clock.monotonic() - began) * 10) / 10;
  try {
    const silence = new Promise<never>((_, reject) => {
      over.signal.addEventListener('abort', () => reject(new Error(`no answer within ${PATIENCE_MS} ms`)));
    });
    await Promise.race([ask(over.signal), silence]);
    return { status: 'ok', elapsedMs: elapsed() };
  } catch (error) {
    const { code, message } = toErrorRecord(error);
    return { status: 'failing', elapsedMs: elapsed(), code, detail: message };
  } finally {
    cancel();
  }
}
