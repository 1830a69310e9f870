import { isQuarryError, invalid } from '#libs/kernel';
import { z } from 'zod';
import type { WorkerRole } from '../job-kind.ts';

/** The version every message carries. A worker that does not know a version puts the message to the dead letters. */
export const MESSAGE_VERSION = 1;

const messageSchema = z.discriminatedUnion('type', [
  /** Bring the job forward from wherever it stands: plan it, dispatch what is missing, or finish it. */
  z.object({ v: z.literal(MESSAGE_VERSION), type: z.literal('advance'), job: z.string(), kind: z.string() }),
  /** Run one task of its plan. */
  z.object({
    v: z.literal(MESSAGE_VERSION),
    type: z.literal('task'),
    job: z.string(),
    kind: z.string(),
    task: z.number().int().nonnegative(),
  }),
]);

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

/** One mailbox a role: any worker that hosts the role takes any of its messages. */
export const mailboxOf = (namespace: string, role: WorkerRole): string => `${namespace}.${role}`;

/** Finishing work that is half done comes before starting new work. */
export const PRIORITY = { advance: 2, task: 4, readvance: 6 } as const;
