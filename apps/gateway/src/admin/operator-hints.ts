import { drainingHint, pausedHint } from '#libs/jobs';
import type { JobStore } from '#libs/job-store';

type Hints = Pick<JobStore, 'getHint' | 'putHint'>;

export const isPaused = async (hints: Hints, mailbox: string): Promise<boolean> =>
  (await hints.getHint(pausedHint(mailbox))) === 1;

export const setPaused = (hints: Hints, mailbox: string, paused: boolean): Promise<void> =>
  hints.putHint(pausedHint(mailbox), paused ? 1 : 0);

export const isToDrain = async (hints: Hints, worker: string): Promise<boolean> =>
  (await hints.getHint(drainingHint(worker))) === 1;

export const setToDrain = (hints: Hints, worker: string, draining: boolean): Promise<void> =>
  hints.putHint(drainingHint(worker), draining ? 1 : 0);
