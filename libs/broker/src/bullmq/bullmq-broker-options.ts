import type { Clock, Ids, QuarryError, Random } from '#libs/kernel';
import type { RedisLocation } from '#libs/redis';

export interface BullMqBrokerOptions {
  readonly location: RedisLocation;
  /** What all keys and channels begin with, as the hash tag that keeps them on one node of a cluster. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  /** Known before they are used, for the dashboard; any other name works too. */
  readonly mailboxes?: readonly string[];
  /** How long a delivery lasts without a sign of life of its consumer's process. */
  readonly lockDurationMs?: number;
  /** How often is looked for deliveries whose lock has run out. */
  readonly stalledIntervalMs?: number;
  /** What went wrong behind the scenes: a handler or receiver that threw, a claim or settlement that is tried again. */
  readonly onError?: (error: QuarryError) => void;
}

/** What bullmq's keys begin with, and ours beside its queues. */
export const prefixOf = ({ namespace }: BullMqBrokerOptions): string => `{${namespace}}`;
