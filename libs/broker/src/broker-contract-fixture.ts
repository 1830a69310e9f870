import { systemClock } from '#libs/kernel';

/** Looks again until `check` no longer throws; its last error after `withinMs`. */
export async function eventually(check: () => Promise<void>, withinMs = 60_000): Promise<void> {
  const deadline = systemClock.monotonic() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (systemClock.monotonic() >= deadline) throw error;
    }
    await systemClock.sleep(5);
  }
}
