import os from 'node:os';
import Table from 'cli-table3';

/** Prints a table of results. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const out = new Table({ head: [...head], style: { head: [], border: [] } });
  out.push(...rows.map((row) => [...row]));
  process.stdout.write(`${out.toString()}\n`);
}

/** What the numbers were measured on. */
export function machine(): string {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown CPU';
  return `${cpu} × ${os.cpus().length}, ${process.platform} ${process.arch}, Node ${process.versions.node}, load ${os.loadavg()[0]!.toFixed(2)}`;
}

/** The p-th percentile, 0 … 100, nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((p / 100) * sorted.length) - 1))] ?? NaN;
}

export const ms = (value: number): string => (value < 10 ? value.toFixed(3) : value.toFixed(1));
