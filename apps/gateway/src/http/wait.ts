import { invalid, parseDurationMs } from '#libs/kernel';

/** Longer waits are cut to this: proxies between us and the client would end them anyway. */
export const MAX_WAIT_MS = 60_000;

/** How long a request is ready to wait: `?wait=5s`, else `Prefer: wait=5` (RFC 7240, seconds), else the route's default. */
export function waitMsOf(query: string | undefined, prefer: string | undefined, defaultMs: number): number {
  if (query !== undefined) return Math.min(MAX_WAIT_MS, parseDurationMs(query));
  const found = prefer === undefined ? null : /(?:^|[,;\s])wait\s*=\s*"?(\d+(?:\.\d+)?)"?/i.exec(prefer);
  return found ? Math.min(MAX_WAIT_MS, Number(found[1]) * 1000) : defaultMs;
}

/** A positive whole number of a query parameter. Throws `invalid` (`bad_parameter`). */
export function countParameter(name: string, text: string | undefined, fallback: number, most: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw invalid('bad_parameter', `${name}=${text} is not a whole number from 1 to ${most}`, { parameter: name });
}
