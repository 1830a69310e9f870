import type { Random } from '#libs/kernel';
import { drawInt, drawName, drawOne } from './draw.ts';
import type { Violations } from './violations.ts';

/** Longer than the longest wait that is asked for. A gateway that was stopped in the middle never answers. */
const REQUEST_MS = 15_000;
const POLL = '5s';
/** The statuses by which a gateway says "again, please": of its own, or of the balancer that would stand before it. */
const AGAIN = new Set([429, 502, 503, 504]);

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/** How an accepted job ended, as its client was told. */
export type JobEnd =
  | { readonly job: string; readonly state: 'succeeded'; readonly result: unknown; readonly coverage: number }
  | { readonly job: string; readonly state: string; readonly code: string };

interface Answer {
  readonly status: number;
  readonly job: string | undefined;
  readonly body: unknown;
}

export interface ClientOptions {
  /** Of the gateways; a round-robin balancer would choose as blindly. */
  readonly urls: readonly string[];
  readonly random: Random;
  readonly violations: Violations;
  /** When it is aborted, what has not ended by then is given up: a violation if it was accepted. */
  readonly giveUp: AbortSignal;
}

/**
 * A client as the README tells people to write one: it repeats what was not answered, under the same Idempotency-Key, on
 * whatever gateway comes next. What was answered 200 or 202 is accepted, and must end.
 */
export class Client {
  private readonly options: ClientOptions;
  retries = 0;
  accepted = 0;
  /** From the first attempt to submit to the end, ms, of each that ended. */
  readonly elapsedMs: number[] = [];
  resubmitted = 0;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  /**
   * Submits until it is accepted, and follows the job to its end; undefined when it was given up before it was accepted.
   * `again` submits once more after it was accepted: it must be the same job.
   */
  async run(request: Request, again = false): Promise<JobEnd | undefined> {
    const began = performance.now();
    const end = await this.submit(request, again);
    if (end) this.elapsedMs.push(performance.now() - began);
    return end;
  }

  private async submit(request: Request, again: boolean): Promise<JobEnd | undefined> {
    const key = drawName(this.options.random);
    const answer = await this.insist(request, key);
    if (answer === undefined) return undefined;
    const { job } = answer;
    if (job === undefined) {
      this.options.violations.add(`${request.path}: answered ${answer.status} without a job: ${text(answer.body)}`);
      return undefined;
    }
    this.accepted++;
    if (again) {
      const second = await this.insist(request, key);
      this.resubmitted++;
      if (second && second.job !== job)
        this.options.violations.add(`${request.path}: job ${job} became ${second.job} under the same idempotency key`);
    }
    if (answer.status === 202) return this.follow(job);
    if (answer.status !== 200) return { job, state: 'failed', code: codeOf(answer) };
    const coverage = (answer.body as { coverage?: number } | null)?.coverage ?? 1;
    return { job, state: 'succeeded', result: answer.body, coverage };
  }

  /** Polls until the job has ended. */
  async follow(job: string): Promise<JobEnd | undefined> {
    const { violations } = this.options;
    for (;;) {
      const answer = await this.insist({ method: 'GET', path: `/v1/jobs/${job}?wait=${POLL}` });
      if (answer === undefined) {
        violations.add(`job ${job} was accepted and did not end`);
        return undefined;
      }
      if (answer.status !== 200) {
        violations.add(`job ${job} was accepted, and now: ${answer.status} ${text(answer.body)}`);
        return undefined;
      }
      const { state, result, coverage, error } = answer.body as {
        state: string;
        result?: unknown;
        coverage: number;
        error?: { code: string };
      };
      if (state === 'succeeded') return { job, state, result, coverage };
      if (['failed', 'cancelled', 'expired'].includes(state)) return { job, state, code: error?.code ?? state };
    }
  }

  /** Until somebody answers with something else than "again"; undefined when it was given up. */
  async insist(request: Request, key?: string): Promise<Answer | undefined> {
    const { random, giveUp } = this.options;
    for (let attempt = 0; !giveUp.aborted; attempt++) {
      const answer = await this.ask(request, key);
      // An accepted job may itself have ended with such a status.
      if (answer && (answer.job !== undefined || !AGAIN.has(answer.status))) return answer;
      this.retries++;
      await pause(drawInt(random, 20, Math.min(1000, 100 * 2 ** attempt)));
    }
    return undefined;
  }

  private async ask(request: Request, key: string | undefined): Promise<Answer | undefined> {
    const { method, path, body, contentType = 'application/json' } = request;
    try {
      const response = await fetch(drawOne(this.options.random, this.options.urls) + path, {
        method,
        headers: {
          ...(body !== undefined && { 'content-type': contentType }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return {
        status: response.status,
        job: response.headers.get('quarry-job') ?? undefined,
        body: isJson ? (JSON.parse(text) as unknown) : text,
      };
    } catch {
      // Refused, reset, cut off, or silent: whether it was accepted is not known.
      return undefined;
    }
  }
}

const codeOf = ({ status, body }: Answer): string => (body as { code?: string } | null)?.code ?? `status_${status}`;
const text = (body: unknown): string => (typeof body === 'string' ? body : (JSON.stringify(body) ?? '')).slice(0, 300);
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
