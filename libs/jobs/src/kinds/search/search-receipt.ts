import type { SearchReceipt } from '#libs/query';
import type { JobContext } from '../../job-kind.ts';

/** AWS S3 Standard, us-east-1, 2026: 0.0004 USD for 1,000 GET requests; reading within the region costs nothing more. */
const USD_PER_GET = 0.0004 / 1000;

/** What the search cost, for the person who pays: requests and bytes read, waits and work in ms, money for requests. */
export function searchReceipt(work: SearchReceipt, context: JobContext): Record<string, number> {
  return {
    segments: work.segments,
    gets: work.gets,
    bytes: work.bytes,
    cacheHits: work.cacheHits,
    ...(work.hedges !== undefined && { hedges: work.hedges }),
    queueMs: Math.max(0, context.startedAt - context.createdAt),
    ioMs: round(work.ioMs),
    cpuMs: round(work.cpuMs),
    usd: Number((work.gets * USD_PER_GET).toPrecision(6)),
  };
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;
