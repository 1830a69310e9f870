import type { Clock, Ids, Random } from '#libs/kernel';
import type { Broker } from '#libs/broker';
import type { JobStore } from '#libs/job-store';
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
  /** Prefix of every mailbox. */
  readonly namespace: string;
}

/** What happened, for metrics. Never for control flow. */
export interface JobEvents {
  submitted(kind: string): void;
  ended(kind: string, state: string, elapsedMs: number): void;
  taskRan(kind: string, outcome: 'done' | 'failed' | 'duplicate', elapsedMs: number): void;
  deadLettered(kind: string): void;
  reconciled(kind: string): void;
}

export const noJobEvents: JobEvents = {
  submitted: () => {},
  ended: () => {},
  taskRan: () => {},
  deadLettered: () => {},
  reconciled: () => {},
};
