/** Asks `probe` again until it gives something truthy. */
export function until<T>(
  probe: () => T | Promise<T>,
  what: string,
  timeoutMs: number,
  pauseMs?: number,
): Promise<NonNullable<T>>;
