import type { Clock, Ids, Random } from '#libs/kernel';
import type { Broker } from '#libs/broker';
import type { JobRecord, JobStore } from '#libs/job-store';
import type { ObjectStore } from '#libs/object-store';
import type { Logger } from '#libs/telemetry';
import type { ClaimCheck } from './claim-check.ts';
import type { KindRegistry } from './kind-registry.ts';

/** The parts that every piece of the runtime is made of, handed in by the app that composes them. */
export interface JobParts {
  readonly kinds: KindRegistry;
  readonly broker: Broker;
  readonly jobs: JobStore;
  readonly store: ObjectStore;
  readonly claims: ClaimCheck;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly events: JobEvents;
  /** Tells whom it concerns how a job went; without it nobody is told. */
  readonly announcer?: JobAnnouncer;
  /** Prefix of every mailbox. */
  readonly namespace: string;
}

/** Tells others of jobs, once each (webhooks). All may be called again for the same thing, by any process. */
export interface JobAnnouncer {
  /** Whether somebody shall be told of the job that is being submitted. */
  owes(job: { tenant: string; kind: string; index: string; callback?: unknown }): Promise<boolean>;
  /** Resolves when what is to be told is durable. */
  ended(job: JobRecord): Promise<void>;
  /** The job goes on, and this much of it is known. */
  partial(job: JobRecord, reached: { readonly coverage: number; readonly hits: number }): Promise<void>;
  /** Whether `partial` would do anything for the job; cheap. */
  wantsPartials(job: JobRecord): boolean | Promise<boolean>;
}

/** What happened, for metrics. Never for control flow. */
export interface JobEvents {
  submitted(job: Labels): void;
  ended(job: Labels, state: string, elapsedMs: number): void;
  taskRan(kind: string, outcome: 'done' | 'failed' | 'duplicate', times: TaskTimes): void;
  retried(kind: string): void;
  deadLettered(kind: string): void;
  reconciled(kind: string): void;
  /** A task was given to a second worker; which then was the first to answer. */
  hedged(kind: string): void;
  hedgeWon(kind: string): void;
  /** Tasks were sent to the worker that they prefer, or to the mailbox of all. */
  dispatched(kind: string, way: 'direct' | 'shared', tasks: number): void;
}

export type Labels = Pick<JobRecord, 'kind' | 'tenant'>;

/** ms. What is not known is absent. */
export interface TaskTimes {
  readonly elapsedMs: number;
  /** From being sent to being begun, by two machines' clocks. */
  readonly queueMs?: number;
  readonly ioMs?: number;
  readonly cpuMs?: number;
}

export const noJobEvents: JobEvents = {
  submitted: () => {},
  ended: () => {},
  taskRan: () => {},
  retried: () => {},
  deadLettered: () => {},
  reconciled: () => {},
  hedged: () => {},
  hedgeWon: () => {},
  dispatched: () => {},
};
