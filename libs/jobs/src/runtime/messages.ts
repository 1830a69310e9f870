import { isQuarryError, invalid } from '#libs/kernel';
import { z } from 'zod';
import type { JobRecord } from '#libs/job-store';
import type { AnyJobKind } from '../job-kind.ts';

/**
 * The version every message carries. A worker that does not know a version puts the message to the dead letters, from
 * where it can be replayed when the worker is newer; the reconciler sends the job's next message meanwhile.
 */
export const MESSAGE_VERSION = 2;

const messageSchema = z.discriminatedUnion('type', [
  /** Bring the job forward from wherever it stands: plan it, dispatch what is missing, or finish it. */
  z.object({
    v: z.literal(MESSAGE_VERSION),
    type: z.literal('advance'),
    job: z.string(),
    kind: z.string(),
    /** The job as it was made, in its first message: spares whoever takes it a look into the job store. */
    record: z.custom<JobRecord>((value) => typeof value === 'object' && value !== null).optional(),
    /** The record is made nowhere yet: whoever ends the job makes it, and tells here. See unrecorded-job.ts. */
    answerTo: z.string().optional(),
  }),
  /** Run these tasks of its plan. */
  z.object({
    v: z.literal(MESSAGE_VERSION),
    type: z.literal('task'),
    job: z.string(),
    kind: z.string(),
    tasks: z.array(z.number().int().nonnegative()).min(1),
    /** A second worker for what another has not answered. */
    hedge: z.literal(true).optional(),
    /** ms since 1970; of messages that go to one worker directly. */
    sentAt: z.number().optional(),
  }),
]);

/** A message takes 64 KiB; a larger record is read from the job store by whoever needs it. */
export const CARRIED_CHARACTERS = 16_384;

export type JobMessage = z.infer<typeof messageSchema>;

export const encodeMessage = (message: JobMessage): string => JSON.stringify(message);

/** Throws `invalid` (`bad_message`, `unknown_message_version`): such a message can never be handled. */
export function decodeMessage(body: string): JobMessage {
  try {
    const parsed: unknown = JSON.parse(body);
    const version = (parsed as { v?: unknown } | null)?.v;
    if (version !== MESSAGE_VERSION) {
      throw invalid('unknown_message_version', `message version ${JSON.stringify(version)} is not ${MESSAGE_VERSION}`);
    }
    return messageSchema.parse(parsed);
  } catch (error) {
    if (isQuarryError(error)) throw error;
    throw invalid('bad_message', `not a job message: ${body.slice(0, 200)}`);
  }
}

/** A mailbox's name: any worker that hosts the kind's role takes any of its messages. */
export const mailboxOf = (namespace: string, kind: Pick<AnyJobKind, 'role' | 'mailbox'>): string =>
  `${namespace}.${kind.mailbox ?? kind.role}`;

/** Where one worker alone is reached (`Broker.send`). Addresses are lower-case, ids are not. */
export const addressOf = (namespace: string, worker: string): string => `${namespace}.to.${worker.toLowerCase()}`;

/** Finishing work that is half done comes before starting new work. */
export const PRIORITY = { advance: 2, task: 4, readvance: 6 } as const;
