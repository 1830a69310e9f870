import type { JobRecord } from '#libs/job-store';
import type { PartialReach } from '#libs/webhooks';
import { isClaim } from '../../runtime/claim-check.ts';

/** Standard Webhooks: "usually smaller than 20kb". */
const MAX_BODY_BYTES = 20_000;
/** Of an error's words; the job has all of them. */
const MAX_DETAIL_CHARACTERS = 2_000;

export interface JobEvent {
  readonly type: string;
  /** When it happened, ms since 1970. */
  readonly at: number;
  readonly job: JobRecord;
  /** Where clients reach the gateways; without it the link is a path. */
  readonly publicUrl?: string | undefined;
  readonly reach?: PartialReach;
}

/** What a receiver is told of a job: how it stands, where the result is, and the result itself when it is small. */
export function jobEventBody(event: JobEvent): string {
  const { job } = event;
  const thin = jsonOf(event);
  if (job.result === undefined || isClaim(job.result)) return thin;
  const full = jsonOf(event, job.result);
  return Buffer.byteLength(full) <= MAX_BODY_BYTES ? full : thin;
}

function jsonOf({ type, at, job, publicUrl = '', reach }: JobEvent, result?: unknown): string {
  const coverage = reach?.coverage ?? job.coverage;
  return JSON.stringify({
    type,
    timestamp: iso(at),
    data: {
      job: {
        id: job.id,
        kind: job.kind,
        index: job.index,
        state: job.state,
        attempt: job.attempt,
        createdAt: iso(job.createdAt),
        ...(job.finishedAt !== undefined && { finishedAt: iso(job.finishedAt) }),
        ...(coverage !== undefined && { coverage }),
        ...(reach && { hits: reach.hits }),
        progress: job.progress,
        ...(job.error && { error: { code: job.error.code, detail: cut(job.error.message) } }),
      },
      ...(result !== undefined && { result }),
      resultUrl: `${publicUrl}/v1/jobs/${job.id}`,
    },
  });
}

export const testEventBody = (type: string, at: number, endpoint: string): string =>
  JSON.stringify({ type, timestamp: iso(at), data: { endpoint } });

const iso = (ms: number): string => new Date(ms).toISOString();

const cut = (text: string): string =>
  text.length <= MAX_DETAIL_CHARACTERS ? text : `${text.slice(0, MAX_DETAIL_CHARACTERS)}…`;
