import { invalid } from './errors.ts';

const DURATION_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Record<string, number> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** "250ms", "5s", "1.5m", "2h", "7d" → ms. A bare number is ms. Throws `invalid` (`bad_duration`) with the value. */
export function parseDurationMs(text: string): number {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?\s*$/.exec(text);
  if (!found)
    throw invalid('bad_duration', `"${text}" is not a duration; write 250ms, 5s, 2m, 1h or 7d`, { value: text });
  return Number(found[1]) * DURATION_MS[found[2] ?? 'ms']!;
}

/** "256MiB", "64 KB", "1048576" → bytes. Throws `invalid` (`bad_size`) with the value. */
export function parseBytes(text: string): number {
  const found = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]i?b|b)?\s*$/i.exec(text);
  if (!found)
    throw invalid('bad_size', `"${text}" is not a size; write 256MiB, 64KB or a number of bytes`, { value: text });
  return Math.floor(Number(found[1]) * BYTES[(found[2] ?? 'b').toLowerCase()]!);
}

/** 1536 → "1.5 KiB". For people; never parsed back. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
