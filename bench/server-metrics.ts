/** What a server's /metrics says. */
export interface ServerMetrics {
  /** How late the event loop has been since the last time it was asked, ms. */
  readonly late: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Of all threads, since the start. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export async function askMetrics(url: string): Promise<ServerMetrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} ([\\d.e+-]+)$`, 'm').exec(text)?.[1] ?? NaN);
  const late = (which: string): number => value(`nodejs_eventloop_lag_${which}_seconds`) * 1000;
  return {
    late: { p50: late('p50'), p99: late('p99'), max: late('max') },
    cpuSeconds: value('process_cpu_seconds_total'),
    residentBytes: value('process_resident_memory_bytes'),
  };
}
